/**
 * Rewrites a built Wasm module so that it keeps a running digest of everything an observer of timing could learn: each branch decision,
 * each address and length of a memory access, each operand of a division, each target of an indirect call. Selects of integers, which
 * engines compile to conditional moves, go into a digest of their own. Floating-point operations count subnormal, infinite and NaN values.
 * Exported functions leave a mark when they are called; mutable globals are exported.
 */
import binaryen from 'binaryen'

type Expression = number

/** Where an event comes from: the number of the function in the module and the kind of expression and operand. */
export interface Site {
  readonly function: string
  readonly what: string
}

/** The rewritten module and the meaning of the site numbers in its trace. */
export interface Instrumented {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly sites: readonly Site[]
}

type Helper = 'branch' | 'word' | 'long' | 'select' | 'float' | 'floats'

interface Kind {
  readonly name: string
  /** Operands with one accessor each. */
  readonly operands: readonly string[]
  /** A variable number of operands: `Child` or `Operand`. */
  readonly list?: string
  /** Operands that must not depend on secrets. */
  readonly watched?: Readonly<Record<string, Helper>>
}

const KINDS: readonly Kind[] = [
  ...['Nop', 'LocalGet', 'GlobalGet', 'Const', 'MemorySize', 'Unreachable', 'DataDrop', 'RefFunc', 'RefNull'].map(
    name => ({ name, operands: [] }),
  ),
  { name: 'Block', operands: [], list: 'Child' },
  { name: 'Loop', operands: ['Body'] },
  { name: 'If', operands: ['Condition', 'IfTrue', 'IfFalse'], watched: { Condition: 'branch' } },
  { name: 'Break', operands: ['Condition', 'Value'], watched: { Condition: 'branch' } },
  { name: 'Switch', operands: ['Condition', 'Value'], watched: { Condition: 'word' } },
  { name: 'Call', operands: [], list: 'Operand' },
  { name: 'CallIndirect', operands: ['Target'], list: 'Operand', watched: { Target: 'word' } },
  { name: 'Return', operands: ['Value'] },
  { name: 'Drop', operands: ['Value'] },
  { name: 'LocalSet', operands: ['Value'] },
  { name: 'GlobalSet', operands: ['Value'] },
  { name: 'Load', operands: ['Ptr'], watched: { Ptr: 'word' } },
  { name: 'Store', operands: ['Ptr', 'Value'], watched: { Ptr: 'word' } },
  { name: 'SIMDLoad', operands: ['Ptr'], watched: { Ptr: 'word' } },
  { name: 'SIMDLoadStoreLane', operands: ['Ptr', 'Vec'], watched: { Ptr: 'word' } },
  {
    name: 'MemoryCopy',
    operands: ['Dest', 'Source', 'Size'],
    watched: { Dest: 'word', Source: 'word', Size: 'word' },
  },
  { name: 'MemoryFill', operands: ['Dest', 'Value', 'Size'], watched: { Dest: 'word', Size: 'word' } },
  {
    name: 'MemoryInit',
    operands: ['Dest', 'Offset', 'Size'],
    watched: { Dest: 'word', Offset: 'word', Size: 'word' },
  },
  { name: 'MemoryGrow', operands: ['Delta'], watched: { Delta: 'word' } },
  { name: 'Unary', operands: ['Value'] },
  { name: 'Binary', operands: ['Left', 'Right'] },
  { name: 'Select', operands: ['IfTrue', 'IfFalse', 'Condition'] },
  { name: 'SIMDExtract', operands: ['Vec'] },
  { name: 'SIMDReplace', operands: ['Vec', 'Value'] },
  { name: 'SIMDShuffle', operands: ['Left', 'Right'] },
  { name: 'SIMDTernary', operands: ['A', 'B', 'C'] },
  { name: 'SIMDShift', operands: ['Vec', 'Shift'] },
]

// binaryen's accessors are found by name; its type declarations do not list them
const library = binaryen as unknown as Readonly<Record<string, number>> &
  Readonly<Record<string, Readonly<Record<string, (...numbers: number[]) => number>>>>
const kindOf = new Map(KINDS.map(kind => [library[`${kind.name}Id`] as number, kind]))

// unary, binary and ternary operations are numbered apart
function operations(pattern: RegExp): ReadonlyMap<number, string> {
  const names = Object.keys(library).filter(name => pattern.test(name))
  return new Map(names.map(name => [library[name] as number, name]))
}
const integerDivisions = operations(/^(Div|Rem)[SU]Int(32|64)$/)
// operations that some processors slow down for subnormal operands or results; conversions from integers never see any
const floatOperations: Readonly<Record<string, ReadonlyMap<number, string>>> = {
  Unary: operations(/^(Sqrt|Ceil|Floor|Trunc|Nearest|TruncSat(Zero)?[SU]|Demote(Zero)?)(Vec)?F(loat)?64/),
  Binary: operations(/^(Add|Sub|Mul|Div|P?Min|P?Max|Eq|Ne|Lt|Le|Gt|Ge|RelaxedMin|RelaxedMax)(Vec)?F(loat)?64/),
  SIMDTernary: operations(/^Relaxed(Madd|Nmadd)VecF64x2$/),
}

const MULTIPLIER = 0x9e3779b97f4a7c15n

/** Adds the digests and the functions that feed them. */
function addHelpers(m: binaryen.Module): void {
  const { i32, i64, f64, v128, none } = binaryen
  const counter = (name: string, type: number, start: number): void => {
    m.addGlobal(`trace.${name}`, type, true, type === i64 ? m.i64.const(BigInt(start)) : m.i32.const(start))
    m.addGlobalExport(`trace.${name}`, `trace.${name}`)
  }
  for (const name of ['digest', 'selects', 'count']) counter(name, i64, 0)
  counter('limit', i64, -1)
  for (const name of ['stopSite', 'stopValue', 'unusual', 'unusualSite']) counter(name, i32, 0)

  const get = (name: string, type: number): Expression => m.global.get(`trace.${name}`, type)
  const feed = (digest: string, value: Expression, site: Expression): Expression => {
    const event = m.i64.or(m.i64.shl(m.i64.extend_u(site), m.i64.const(32n)), m.i64.extend_u(value))
    const mixed = m.i64.rotl(m.i64.xor(get(digest, i64), event), m.i64.const(23n))
    return m.global.set(`trace.${digest}`, m.i64.mul(mixed, m.i64.const(MULTIPLIER)))
  }
  const local = (index: number, type: number): Expression => m.local.get(index, type)

  m.addFunction(
    'trace.note',
    binaryen.createType([i32, i32]),
    none,
    [],
    m.block(null, [
      m.if(
        m.i64.eq(get('count', i64), get('limit', i64)),
        m.block(null, [m.global.set('trace.stopSite', local(1, i32)), m.global.set('trace.stopValue', local(0, i32))]),
      ),
      m.if(m.i64.lt_u(get('count', i64), get('limit', i64)), feed('digest', local(0, i32), local(1, i32))),
      m.global.set('trace.count', m.i64.add(get('count', i64), m.i64.const(1n))),
    ]),
  )
  const helper = (name: Helper, type: number, ...body: Expression[]): void => {
    m.addFunction(
      `trace.${name}`,
      binaryen.createType([type, i32]),
      type,
      [],
      m.block(null, [...body, local(0, type)], type),
    )
  }
  const note = (value: Expression): Expression => m.call('trace.note', [value, local(1, i32)], none)
  const decision = (): Expression => m.i32.ne(local(0, i32), m.i32.const(0))
  helper('branch', i32, note(decision()))
  helper('word', i32, note(local(0, i32)))
  helper('long', i64, note(m.i32.wrap(local(0, i64))), note(m.i32.wrap(m.i64.shr_u(local(0, i64), m.i64.const(32n)))))
  helper('select', i32, feed('selects', decision(), local(1, i32)))

  // subnormal: a zero exponent with other bits set; infinite or NaN: an exponent of ones
  const unusual = (bits: () => Expression): Expression => {
    const exponent = (): Expression => m.i64.and(bits(), m.i64.const(0x7ff0000000000000n))
    const rest = (): Expression => m.i64.and(bits(), m.i64.const(0xfffffffffffffn))
    const subnormal = m.i32.and(m.i64.eqz(exponent()), m.i64.ne(rest(), m.i64.const(0n)))
    return m.if(
      m.i32.or(subnormal, m.i64.eq(exponent(), m.i64.const(0x7ff0000000000000n))),
      m.block(null, [
        m.global.set('trace.unusual', m.i32.add(get('unusual', i32), m.i32.const(1))),
        m.global.set('trace.unusualSite', local(1, i32)),
      ]),
    )
  }
  helper(
    'float',
    f64,
    unusual(() => m.i64.reinterpret(local(0, f64))),
  )
  helper(
    'floats',
    v128,
    unusual(() => m.i64x2.extract_lane(local(0, v128), 0)),
    unusual(() => m.i64x2.extract_lane(local(0, v128), 1)),
  )
}

/** Rewrites a module. Every kind of expression it does not know makes it fail, so that none goes unwatched. */
export function instrument(wasm: Uint8Array): Instrumented {
  const m = binaryen.readBinaryWithFeatures(wasm, binaryen.Features.All)
  const sites: Site[] = []
  let current = ''

  const typeOf = (expression: Expression): number => binaryen.getExpressionType(expression)
  const wrap = (helper: Helper, expression: Expression, what: string): Expression => {
    const type = typeOf(expression)
    // an operand that never returns a value cannot be watched and need not be
    if (type === binaryen.unreachable) return expression
    sites.push({ function: current, what })
    return m.call(`trace.${helper}`, [expression, m.i32.const(sites.length - 1)], type)
  }
  const floats = (expression: Expression, what: string): Expression => {
    const type = typeOf(expression)
    if (type === binaryen.v128) return wrap('floats', expression, what)
    return type === binaryen.f64 ? wrap('float', expression, what) : expression
  }
  const watcher = (kind: Kind, expression: Expression, operand: string): Helper | undefined => {
    if (kind.name === 'Binary' && integerDivisions.has(library['Binary']!['getOp']!(expression))) {
      return typeOf(expression) === binaryen.i64 ? 'long' : 'word'
    }
    if (kind.name === 'Select' && operand === 'Condition') {
      const type = typeOf(expression)
      return type === binaryen.i32 || type === binaryen.i64 ? 'select' : 'branch'
    }
    return kind.watched?.[operand]
  }

  const visit = (expression: Expression): Expression => {
    const id = binaryen.getExpressionId(expression)
    const kind = kindOf.get(id)
    if (kind === undefined) throw new Error(`instrument: expression of unknown kind ${id} in function ${current}`)
    const access = library[kind.name]!
    const operations = floatOperations[kind.name]
    const float = operations?.get(access['getOp']!(expression))
    for (const operand of kind.operands) {
      const child = access[`get${operand}`]!(expression)
      if (child === 0) continue
      const helper = watcher(kind, expression, operand)
      let visited = visit(child)
      if (helper !== undefined) visited = wrap(helper, visited, `${kind.name}.${operand}`)
      else if (float !== undefined) visited = floats(visited, `${float}.${operand}`)
      if (visited !== child) access[`set${operand}`]!(expression, visited)
    }
    if (kind.list !== undefined) {
      const count = access[kind.list === 'Child' ? 'getNumChildren' : 'getNumOperands']!(expression)
      for (let i = 0; i < count; i++) {
        const child = access[`get${kind.list}At`]!(expression, i)
        const visited = visit(child)
        if (visited !== child) access[`set${kind.list}At`]!(expression, i, visited)
      }
    }
    return float === undefined ? expression : floats(expression, `${float} result`)
  }

  const functions = Array.from({ length: m.getNumFunctions() }, (_, i) => m.getFunctionByIndex(i))
  const globals = Array.from({ length: m.getNumGlobals() }, (_, i) => m.getGlobalByIndex(i))
  const exported = Array.from({ length: m.getNumExports() }, (_, i) => m.getExportByIndex(i)).filter(
    reference => binaryen.getExportInfo(reference).kind === binaryen.ExternalFunction,
  )
  addHelpers(m)
  for (const reference of functions) {
    const { name, body } = binaryen.getFunctionInfo(reference)
    if (body === 0) throw new Error(`instrument: the module imports ${name}`)
    current = name
    const visited = visit(body)
    if (visited !== body) library['Function']!['setBody']!(reference, visited)
  }
  for (const [i, reference] of globals.entries()) {
    const { name, mutable } = binaryen.getGlobalInfo(reference)
    if (mutable) m.addGlobalExport(name, `global.${i}`)
  }
  for (const reference of exported) {
    const { name, value } = binaryen.getExportInfo(reference)
    const flag = `called.${name}`
    const body = library['Function']!['getBody']!(m.getFunction(value))
    m.addGlobal(flag, binaryen.i32, true, m.i32.const(0))
    m.addGlobalExport(flag, flag)
    const marked = m.block(null, [m.global.set(flag, m.i32.const(1)), body], typeOf(body))
    library['Function']!['setBody']!(m.getFunction(value), marked)
  }
  if (!m.validate()) throw new Error('instrument: the rewritten module is not valid')
  const bytes = new Uint8Array(m.emitBinary())
  m.dispose()
  return { bytes, sites }
}

/** How many operands of each class a module has, counted in its text instead of its expressions: a check on `instrument`. */
export function countInText(wasm: Uint8Array): Readonly<Record<string, number>> {
  const m = binaryen.readBinaryWithFeatures(wasm, binaryen.Features.All)
  const text = m.emitText()
  m.dispose()
  const count = (pattern: RegExp): number => text.match(pattern)?.length ?? 0
  return {
    'If.Condition': count(/\(if\b/g),
    'Break.Condition': count(/\(br_if\b/g),
    'Switch.Condition': count(/\(br_table\b/g),
    'CallIndirect.Target': count(/\(call_indirect\b/g),
    'Select.Condition': count(/\(select\b/g),
    'MemoryGrow.Delta': count(/\(memory\.grow\b/g),
    'MemoryCopy.Size': count(/\(memory\.copy\b/g),
    'MemoryFill.Size': count(/\(memory\.fill\b/g),
    '(SIMD)Load(StoreLane).Ptr and Store.Ptr': count(/\((i32|i64|f32|f64|v128)\.(load|store)/g),
    'Binary.Left and Binary.Right of integer divisions': 2 * count(/\(i(32|64)\.(div|rem)_/g),
    // what nothing here would watch, and no module may have: single precision, slow operations, conversions that engines compile to branches
    'single precision': count(/\bf32(x4)?\./g),
    'division or root of floats': count(/\bf64(x2)?\.(div|sqrt)\b/g),
    'branching conversion': count(/\b(f64\.convert_i64_u|i(32|64)\.trunc_)/g),
  }
}
