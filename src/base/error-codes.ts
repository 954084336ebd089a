/** The registry of error codes: all that an error can be. */
import { STUDY_ADVICE } from './study-error-codes.ts'

/** The registry of error codes. A code, once released, keeps its name and its meaning. One sentence each: what is wrong, what to do. */
export const ADVICE = {
  // base and usage
  'wrong-length': 'A byte string has the wrong length; pass exactly the length named',
  'wrong-argument': 'An argument is outside of what this function accepts; see its documentation',
  'wiped-secret': 'This secret has been wiped; obtain it again from its owner',
  'broken-invariant': 'This is a bug in copath; please report it with the message and the stack trace',
  // environment
  'no-random-source': 'No cryptographic random source was found; pass one with the `random` option',
  'no-webassembly': 'WebAssembly is not available here; use the noble backend, which the default does by itself',
  'no-fma':
    'Relaxed SIMD with fused rounding is not available here; use the integer module, which the default does by itself',
  'no-backend': 'No backend offers this primitive here; add one that does with the `backends` option',
  'out-of-memory': 'WebAssembly memory could not grow; pass smaller batches',
  // codec
  truncated: 'The encoding ends before the field named does; reject it',
  'trailing-bytes': 'Bytes follow the end of the encoding; reject it',
  'non-minimal-length': 'A length is encoded in more bytes than it takes; reject the encoding',
  'bad-presence': 'The presence octet of an optional value is neither 0 nor 1; reject the encoding',
  'unknown-value': 'A value is not one of those that the field named can have; reject the encoding',
  'too-many-values': 'There are more values than an encoding of this length may hold; reject it',
  'bad-padding': 'Padding contains something other than zeros; reject the message',
  // key packages, extensions, leaves
  'wrong-suite': 'This is for another protocol version or cipher suite than the group has; reject it',
  'repeated-extension': 'A list has two extensions of one type; reject the object that carries it',
  'missing-capability': 'A leaf does not list something that it needs to support; reject the object that carries it',
  'unsupported-credential': 'Some members do not support this type of credential; reject the leaf that has it',
  'outside-lifetime': 'The time is not within the lifetime of the leaf; its owner needs to publish a new one',
  'lifetime-too-long': 'The lifetime of the leaf is longer than the application allows; reject the leaf',
  'wrong-leaf-source': 'The leaf was made for another kind of message than the one that carries it; reject the message',
  'encryption-key-kept': 'An update must change the encryption key of its leaf; reject it',
  'duplicate-key': 'Another member has the same key; reject the leaf',
  // saved states
  'invalid-saved-state':
    'These bytes are not a saved state that can be used; load an older copy, or join the group again',
  'delta-out-of-order': 'A delta must follow the snapshot or delta that it was made after; pass all deltas, in order',
  'missing-signer':
    'The saved state needs a signer that was not given; pass all signers that the member uses or is changing to',
  // trees
  'blank-at-end': 'A tree is sent without the blanks after its last node; reject it',
  'wrong-node-type': 'Leaves stand at even places of a tree and parents at odd ones; reject the tree',
  'outside-tree': 'There is no such leaf or node in this tree; pass an index within it',
  'stale-overlay': 'The tree has changed under these staged changes; stage them again',
  'wrong-unmerged-leaves': 'The unmerged leaves of a node are not in order or not consistent; reject the tree',
  'untied-node': 'A parent node is not tied to a node below it by a parent hash; reject the tree',
  'wrong-tree-hash': 'The tree does not have the tree hash that was announced; reject it',
  'tree-too-large': 'The tree has more leaves than allowed; raise the limit if you trust its source, or reject it',
  // update paths
  'wrong-path-length': 'An update path has more or fewer nodes than the direct path of its sender; reject the commit',
  'wrong-ciphertext-count':
    'A node of an update path is encrypted to more or fewer keys than it should be; reject the commit',
  'wrong-ciphertext-length':
    'A ciphertext of an update path has a length that the suite does not make; reject the commit',
  'wrong-parent-hash': 'A parent hash does not match the tree above the node; reject what carries it',
  'wrong-path-secret': 'A path secret does not give the keys that were announced; reject the message that carries it',
  'no-path-key':
    'None of the private keys given opens this update path; pass the keys of a member that it is meant for',
  // crypto
  'unknown-suite': 'This cipher suite is not supported by the provider; choose one of `suites()`',
  'low-order-point': 'The public key is a low-order point, so the shared secret would be zero; reject its sender',
  'invalid-public-key': 'The public key is not a valid encoding; reject its sender',
  'invalid-signature': 'A signature does not verify; reject the message that carries it',
  'invalid-tag': 'An authentication tag does not verify; discard the ciphertext',
  'input-too-long': 'The input is longer than the algorithm allows; split it',
  // proposals and commits
  'invalid-credential': 'The authentication service does not accept this credential; reject what carries it',
  'invalid-proposal': 'A proposal breaks the rule named, one of docs/rules.md; reject the message that carries it',
  'invalid-proposal-list': 'The proposals of a commit break the rule named, one of docs/rules.md; reject the commit',
  'invalid-commit': 'A commit breaks the rule named; reject it',
  'invalid-confirmation-tag':
    'The confirmation tag does not verify: members disagree about the group; reject the message',
  'unknown-proposal':
    'A commit refers to a proposal that has not been received; fetch it, then process the commit again',
  'unknown-psk': 'A pre-shared key is not known here; obtain it, then process the message again',
  'too-many-proposals': 'The epoch has more proposals than are kept; commit or drop some of them first',
  forbidden: 'The policy of the application does not allow this; reject the message',
  'invalid-welcome': 'A welcome message breaks the rule named; reject it, and its sender if you trust it to be whole',
  'invalid-group-info': 'A group info breaks the rule named; reject it',
  'unexpected-message': 'This is another kind of message than this call takes; pass it to the call for its kind',
  'no-ratchet-tree': 'The group info comes without its tree; obtain the tree and pass it along',
  'no-key-package': 'The welcome message is for none of these key packages; give it to the client that it is for',
  'commit-pending': 'A commit of this member is pending; accept or reject it first',
  'no-pending-commit': 'No commit of this member is pending; create one first',
  'self-remove-pending': 'This member has asked to leave in this epoch already; wait for a commit of another member',
  'proposals-pending': 'Proposals wait to be committed, which comes before application data; commit, or drop them',
  'group-inactive': 'This member has left the group, or the group was reinitialized; it can only be read now',
  'own-data':
    'This member sent the message itself and cannot read it; keep what you send, and accept a commit that has won',
  reentrant: 'A callback must not call the group or client that calls it; return first',
  // messages
  'wrong-epoch':
    'The message is for another epoch: too late, or ahead of a commit that is missing; fetch that, or discard it',
  'invalid-membership-tag':
    'The membership tag does not verify, so the sender is not in this epoch; discard the message',
  'unencrypted-application-message': 'Application messages must be encrypted; discard the message',
  'malformed-content': 'A decrypted message has no valid content; discard it, its sender is faulty',
  'unknown-sender': 'The sender is not a member of this epoch; discard the message',
  'generation-consumed': 'The key of this message was used or forgotten: a replay, or too late; discard the message',
  'generation-too-far':
    'The message is further ahead than the limit allows; fetch what is missing first, or discard it',
  'ratchet-exhausted': 'This member has sent all the messages an epoch allows; commit to start a new epoch',
  'wrong-group': 'The message belongs to another group; give it to that group',
  ...STUDY_ADVICE,
} as const

/** A stable, machine-readable reason: one of the keys of the registry. */
export type ErrorCode = keyof typeof ADVICE
