/** Where other libraries are installed: `npm ci --prefix peers`, and `npm ci --prefix peers/gpl` for those under the GPL. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { GroupSubject, GroupSubjectLoader } from '../group-subject.ts'

/** Why a peer is not measured here. */
class MissingPeer extends Error {}

/** The project's folder, from the sources as well as from what was compiled of them. */
function projectFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'peers', 'package.json'))) {
    const above = dirname(folder)
    if (above === folder) throw new MissingPeer('no folder "peers" here; peers are measured in a checkout of copath')
    folder = above
  }
  return folder
}

export interface InstalledPackage {
  readonly version: string
  pathOf(file: string): string
  load(file: string): Promise<unknown>
}

/** A package of one of the workspaces. */
export function installedPackage(workspace: 'peers' | 'peers/gpl', name: string): InstalledPackage {
  const folder = join(projectFolder(), workspace, 'node_modules', name)
  const manifest = join(folder, 'package.json')
  if (!existsSync(manifest)) throw new MissingPeer(`not installed; npm ci --prefix ${workspace} does it`)
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }
  const pathOf = (file: string): string => join(folder, file)
  return { version, pathOf, load: async file => import(pathToFileURL(pathOf(file)).href) }
}

/** Turns what keeps a peer from running here into the sentence that is shown. */
export function peerLoader(name: string, load: () => Promise<GroupSubject>): GroupSubjectLoader {
  return async () => {
    try {
      return await load()
    } catch (error) {
      const [firstLine] = (error instanceof Error ? error.message : String(error)).split('\n')
      const why = error instanceof MissingPeer ? firstLine : `does not load on this machine: ${firstLine}`
      return { missing: `${name}: ${why}.` }
    }
  }
}

/** MLSMessage of RFC 9420 section 6 around a key package: version 1, wire format 5. */
export function wrapKeyPackage(keyPackage: Uint8Array): Uint8Array {
  const message = new Uint8Array(4 + keyPackage.length)
  message.set([0, 1, 0, 5])
  message.set(keyPackage, 4)
  return message
}

export function unwrapKeyPackage(message: Uint8Array): Uint8Array {
  if (message[1] !== 1 || message[3] !== 5) throw new Error('not a key package')
  return message.subarray(4)
}
