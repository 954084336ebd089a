/** The floors of the house: imports point down only, there are no circles, and packages and Node come in through their own doors. */
import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

// from the ground up; rooms of one floor do not import each other
const FLOORS = [
  ['src/base'],
  ['src/codec'],
  ['src/crypto'],
  ['src/tree'],
  ['src/mls', 'src/art', 'src/gka', 'src/smmp', 'src/causal', 'src/ordering', 'src/pairwise', 'src/sender-keys'],
  ['src/storage'],
  ['src/client'],
  ['src/index.ts'],
  ['src/compare'],
  ['src/delivery', 'src/cli', 'src/playground', 'bench'],
]
// doors through which alone something comes in: imports of `to` are made inside `from` only
const DOORS = [
  { to: /^@noble\//, from: /^(src\/crypto\/backends\/noble|bench)\// },
  { to: /^libsodium-wrappers$/, from: /^(src\/crypto\/backends\/sodium|bench)\// },
  // it knows every protocol; no protocol, and nothing that a messenger uses, knows it
  { to: /^src\/compare\//, from: /^(src\/(compare|cli|playground|delivery)|bench)\// },
  { to: /^(?!@noble\/|libsodium-wrappers$|src\/|bench\/)/, from: /^bench\// },
  {
    to: /^src\/crypto\/backends\//,
    from: /^(src\/crypto\/(backends\/|default-choice\.ts$)|src\/(cli|playground|delivery)\/|bench\/)/,
  },
]

const root = fileURLToPath(new URL('..', import.meta.url))
const filesIn = folder =>
  readdirSync(join(root, folder), { recursive: true })
    .filter(name => name.endsWith('.ts'))
    .map(name => `${folder}/${name.replaceAll('\\', '/')}`)

/** What a file imports: specifiers with a mark whether anything remains of the import at run time. */
function importsOf(file) {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest)
  const found = []
  const visit = node => {
    const clause = node.importClause
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
      const typesOnly = node.isTypeOnly || clause?.isTypeOnly || clause?.phaseModifier === ts.SyntaxKind.TypeKeyword
      found.push({ specifier: node.moduleSpecifier.text, typesOnly: Boolean(typesOnly) })
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      // an import whose target cannot be read here is none that this check could allow
      const [target] = node.arguments
      found.push({ specifier: target && ts.isStringLiteral(target) ? target.text : '(computed)', typesOnly: false })
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      found.push({ specifier: node.argument.literal.text, typesOnly: true })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found.map(({ specifier, typesOnly }) => {
    const inside = specifier.startsWith('.')
    return { to: inside ? relative(root, resolve(root, dirname(file), specifier)) : specifier, inside, typesOnly }
  })
}

const roomOf = file => FLOORS.flat().find(room => file === room || file.startsWith(`${room}/`))
const floorOf = room => FLOORS.findIndex(rooms => rooms.includes(room))

const files = [...filesIn('src'), ...filesIn('bench')]
const graph = new Map(files.map(file => [file, importsOf(file)]))

const upward = []
const foreign = []
const builtin = []
for (const [file, imports] of graph) {
  const room = roomOf(file)
  if (room === undefined) upward.push(`${file} is in no room of the table`)
  for (const { to, inside } of imports) {
    const other = inside ? roomOf(to) : undefined
    if (inside && other === undefined) upward.push(`${file} imports ${to}, which is in no room of the table`)
    else if (inside && other !== room && floorOf(other) >= floorOf(room)) upward.push(`${file} imports ${to}`)
    const isBuiltin = !inside && (to.startsWith('node:') || builtinModules.includes(to))
    // programs may use what Node brings
    if (isBuiltin && file.startsWith('src/cli/')) continue
    if (isBuiltin && file.startsWith('src/')) builtin.push(`${file} imports ${to}`)
    else if (DOORS.some(door => door.to.test(to) && !door.from.test(file))) foreign.push(`${file} imports ${to}`)
  }
}

/** Circles among files, through imports that remain at run time. */
function circles() {
  const found = []
  const state = new Map()
  const path = []
  const visit = file => {
    if (state.get(file) === 'done') return
    if (state.get(file) === 'open') {
      found.push([...path.slice(path.indexOf(file)), file].join(' -> '))
      return
    }
    state.set(file, 'open')
    path.push(file)
    for (const { to, inside, typesOnly } of graph.get(file) ?? []) if (inside && !typesOnly) visit(to)
    path.pop()
    state.set(file, 'done')
  }
  for (const file of graph.keys()) visit(file)
  return found
}

function report(check, problems) {
  console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${check}`)
  for (const problem of problems) console.log(`       ${problem}`)
  if (problems.length > 0) process.exitCode = 1
}
report(`imports of ${files.length} files point down`, upward)
report('no circles of imports', circles())
report('no Node built-in is imported under src/ but by src/cli', builtin)
report('packages and backends are imported through their doors only', foreign)
