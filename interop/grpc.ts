/** gRPC on loopback, by @grpc/grpc-js, which is installed among the peers and is no dependency of the package. */
import { existsSync } from 'node:fs'
import { CopathError, EnvironmentError, RejectedError, UsageError } from '../src/base/errors.ts'
import { WireError } from './protobuf.ts'
import { type Handlers, METHODS, type MethodName, type RequestOf, type ResponseOf, SERVICE } from './service.ts'
import { NotFoundError } from './things.ts'

/** The checkout: compiled, this file is two folders deeper. */
const root = [new URL('../', import.meta.url), new URL('../../../', import.meta.url)].find(folder =>
  existsSync(new URL('peers/package.json', folder)),
)
const entry = root && new URL('peers/node_modules/@grpc/grpc-js/build/src/index.js', root)

/** Whether gRPC is there: `npm ci --prefix peers` installs it. */
export const grpcIsInstalled = entry !== undefined && existsSync(entry)

type Answer = (error: { code: number; details: string } | null, response?: Uint8Array) => void
type Method = {
  readonly path: string
  readonly requestStream: false
  readonly responseStream: false
} & Record<
  'requestSerialize' | 'requestDeserialize' | 'responseSerialize' | 'responseDeserialize',
  (b: Buffer) => Buffer
>

/** What we use of the library. */
interface Grpc {
  readonly Server: new (
    options: object,
  ) => {
    addService(methods: Record<string, Method>, handlers: Record<string, unknown>): void
    bindAsync(address: string, credentials: object, done: (error: Error | null, port: number) => void): void
    forceShutdown(): void
  }
  readonly Client: new (
    address: string,
    credentials: object,
    options: object,
  ) => {
    makeUnaryRequest(
      path: string,
      serialize: (request: Uint8Array) => Buffer,
      deserialize: (response: Buffer) => Uint8Array,
      request: Uint8Array,
      done: (error: Error | null, response?: Uint8Array) => void,
    ): void
    close(): void
  }
  readonly ServerCredentials: { createInsecure(): object }
  readonly credentials: { createInsecure(): object }
}

/** The status codes of gRPC that we answer with. */
export const Status = {
  invalidArgument: 3,
  notFound: 5,
  failedPrecondition: 9,
  internal: 13,
  unavailable: 14,
} as const

const LIMITS = { 'grpc.max_receive_message_length': 1 << 26, 'grpc.max_send_message_length': 1 << 26 }
const METHOD_NAMES = Object.keys(METHODS) as MethodName[]
const same = (bytes: Buffer): Buffer => bytes

async function load(): Promise<Grpc> {
  if (!grpcIsInstalled) throw new Error('gRPC is not installed: npm ci --prefix peers')
  // a CommonJS module: its exports are on `default` wherever they cannot be told apart statically
  const loaded = (await import(/* @vite-ignore */ entry!.href)) as Grpc & { readonly default?: Grpc }
  return loaded.default ?? loaded
}

function pathOf(name: MethodName): string {
  return `/${SERVICE}/${name}`
}

/** What went wrong, in the words of gRPC. */
function statusOf(error: unknown): { code: number; details: string } {
  const details = error instanceof CopathError ? `${error.code}: ${error.message}` : String(error)
  if (error instanceof NotFoundError) return { code: Status.notFound, details }
  if (error instanceof WireError || error instanceof RejectedError) return { code: Status.invalidArgument, details }
  if (error instanceof UsageError) return { code: Status.failedPrecondition, details }
  if (error instanceof EnvironmentError) return { code: Status.unavailable, details }
  return { code: Status.internal, details }
}

function answer<M extends MethodName>(name: M, handlers: Handlers, encoded: Uint8Array): Uint8Array {
  const { request, response } = METHODS[name] as unknown as {
    readonly request: { decode(bytes: Uint8Array): RequestOf<M> }
    readonly response: { encode(value: Partial<ResponseOf<M>>): Uint8Array }
  }
  return response.encode(handlers[name](request.decode(encoded)))
}

/** A server that runs. */
export interface Running {
  readonly address: string
  close(): void
}

/** Serves on loopback only; port 0 is any free one. Whatever a call brings, it is answered. */
export async function serve(handlers: Handlers, port: number): Promise<Running> {
  const { Server, ServerCredentials } = await load()
  const server = new Server(LIMITS)
  const methods: Record<string, Method> = {}
  const answers: Record<string, unknown> = {}
  for (const name of METHOD_NAMES) {
    methods[name] = {
      path: pathOf(name),
      requestStream: false,
      responseStream: false,
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    }
    answers[name] = (call: { readonly request: Uint8Array }, done: Answer): void => {
      let encoded: Uint8Array
      try {
        encoded = answer(name, handlers, call.request)
      } catch (error) {
        done(statusOf(error))
        return
      }
      done(null, Buffer.from(encoded))
    }
  }
  server.addService(methods, answers)
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, at) => {
      if (error === null) resolve(at)
      else reject(error)
    })
  })
  return { address: `127.0.0.1:${bound}`, close: () => server.forceShutdown() }
}

/** A server somewhere, seen from a client. */
export interface Remote {
  call<M extends MethodName>(name: M, request: Partial<RequestOf<M>>): Promise<ResponseOf<M>>
  /** Sends bytes that may be no request at all. */
  callRaw(name: MethodName, request: Uint8Array): Promise<Uint8Array>
  close(): void
}

/** Connects to a server of the service, whoever runs it. */
export async function connect(address: string): Promise<Remote> {
  const { Client, credentials } = await load()
  const client = new Client(address, credentials.createInsecure(), LIMITS)
  const callRaw: Remote['callRaw'] = (name, request) =>
    new Promise((resolve, reject) => {
      const serialize = (encoded: Uint8Array): Buffer => Buffer.from(encoded)
      client.makeUnaryRequest(pathOf(name), serialize, same, request, (error, response) => {
        if (error === null && response !== undefined) resolve(response)
        else reject(error ?? new Error(`${name} was not answered`))
      })
    })
  return {
    async call<M extends MethodName>(name: M, request: Partial<RequestOf<M>>): Promise<ResponseOf<M>> {
      const method = METHODS[name] as unknown as {
        readonly request: { encode(value: Partial<RequestOf<M>>): Uint8Array }
        readonly response: { decode(bytes: Uint8Array): ResponseOf<M> }
      }
      return method.response.decode(await callRaw(name, method.request.encode(request)))
    },
    callRaw,
    close: () => client.close(),
  }
}
