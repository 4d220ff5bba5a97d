/** @file What a program imports. */

export { CrierError } from './lib/errors.js';
export { textAt } from './lib/incoming.js';
export { sessionPublicKey } from './lib/identity.js';
export { remainingTime } from './lib/placeholders.js';
export { Subscriber } from './lib/subscriber.js';
