/** RFC 9420 sections 7.3 and 10.1: what can be checked of a leaf or a key package by itself. */
import { RejectedError } from '../../base/errors.ts'
import { encode } from '../../codec/codec.ts'
import type { CipherSuite } from '../../crypto/suites.ts'
import { KEY_PACKAGE_LABEL, KeyPackage, KeyPackageTBS } from '../../mls/key-package.ts'
import { checkInitKey, checkKeyPackageExtensions, checkKeyPackageSource } from '../../mls/key-package-checks.ts'
import { keyPackageRef } from '../../mls/key-package-create.ts'
import { checkExtensions, checkKeyForms, checkOwnCredential } from '../../mls/leaf-checks.ts'
import type { LeafNode, Lifetime } from '../../mls/leaf-node.ts'
import { checkLeafSignature, type LeafPlace } from '../../mls/leaf-signature.ts'
import { dateOf, hex } from './values.ts'
import { type Check, Checklist, suiteOf } from './verdicts.ts'

const DAY = 86_400n

/** How far a moment is from now. */
function away(seconds: bigint): string {
  const distance = seconds < 0n ? -seconds : seconds
  const unit = distance < 2n * DAY ? `${distance / 3600n} h` : `${(distance / DAY).toLocaleString('en')} days`
  return seconds < 0n ? `${unit} ago` : `in ${unit}`
}

/** Whether a lifetime covers the present, in words. */
function lifetimeText({ notBefore, notAfter }: Lifetime, now: bigint): string {
  if (notBefore > notAfter) throw new RejectedError('outside-lifetime', { reason: 'it ends before it begins' })
  if (now < notBefore) {
    throw new RejectedError('outside-lifetime', { begins: `${dateOf(notBefore)}, ${away(notBefore - now)}` })
  }
  if (now > notAfter)
    throw new RejectedError('outside-lifetime', { ended: `${dateOf(notAfter)}, ${away(notAfter - now)}` })
  return notAfter - now > 1000n * 366n * DAY ? 'it never ends' : `it ends ${dateOf(notAfter)}, ${away(notAfter - now)}`
}

/** The content of a leaf, apart from its signature. */
function checkContent(list: Checklist, suite: CipherSuite, leaf: LeafNode, now: bigint): void {
  list.hold('keys have the form of the suite', '7.3', () => {
    checkKeyForms(suite, leaf)
    return undefined
  })
  list.hold('leaf supports its own credential and extensions', '7.2', () => {
    checkOwnCredential(leaf)
    checkExtensions(leaf)
    return undefined
  })
  if (leaf.leafNodeSource === 'key_package') {
    list.hold('the time is within the lifetime', '7.2', () => lifetimeText(leaf.lifetime, now))
  }
}

/** A leaf; where it is in a group, if that is known, is part of what its signature covers. */
export function checkLeaf(
  leaf: LeafNode,
  { suite, place, now }: { suite: CipherSuite | undefined; place: LeafPlace | undefined; now: bigint },
): readonly Check[] {
  const list = new Checklist()
  if (suite === undefined) {
    list.unknown('leaf', '7.3', 'none of the suites that it names is supported here and fits its keys')
    return list.checks
  }
  if (leaf.leafNodeSource !== 'key_package' && place === undefined) {
    list.unknown('signature of the leaf', '7.2', 'it covers the group id and the leaf index, which are not here')
  } else {
    list.hold('signature of the leaf', '7.2', () => {
      checkLeafSignature(suite, leaf, place)
      return undefined
    })
  }
  checkContent(list, suite, leaf, now)
  return list.checks
}

/** A key package. */
export function checkKeyPackage(keyPackage: KeyPackage, now: bigint): readonly Check[] {
  const list = new Checklist()
  const { leafNode, cipherSuite } = keyPackage
  const suite = suiteOf(cipherSuite)
  if (suite === undefined) {
    list.unknown('key package', '10.1', `suite ${cipherSuite} is not supported here`)
    return list.checks
  }
  list.hold('signature of the key package', '10', () => {
    const { signatureKey } = leafNode
    const content = encode(KeyPackageTBS, keyPackage)
    if (!suite.labels.verifyWithLabel(signatureKey, KEY_PACKAGE_LABEL, content, keyPackage.signature)) {
      throw new RejectedError('invalid-signature')
    }
    return `KeyPackageRef ${hex(keyPackageRef(suite, encode(KeyPackage, keyPackage)))}`
  })
  list.hold('leaf made for a key package, init key of its own', '10.1', () => {
    checkKeyPackageSource(keyPackage, {})
    checkInitKey(suite, keyPackage, {})
    checkKeyPackageExtensions(keyPackage, {})
    return undefined
  })
  list.add(checkLeaf(leafNode, { suite, place: undefined, now }))
  return list.checks
}
