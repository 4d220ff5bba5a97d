/** @file A session's invitation (PROTOCOL.md, "Invitations"). */

import { readFileSync } from 'node:fs';
import { blake2b } from '@noble/hashes/blake2.js';

import { CrierError } from './errors.js';
import { bin, line, list, map, optional } from './fields.js';
import { unpack } from './messagepack.js';

const CHECKSUM_SIZE = 4;
const body = map({
    endpoints: list(line(256, { min: 1 }), 8, 1), server_key: optional(bin(32)),
    secret: optional(bin(32)),
});

const invalid = (detail) => new CrierError('invitation_invalid', detail);

/**
 * @param {string} lineOrFile the line itself, or the path of a file that holds it
 * @returns {{endpoints: string[], server_key?: Buffer, secret?: Buffer}}
 */
export function readInvitation(lineOrFile) {
    if (typeof lineOrFile !== 'string' || lineOrFile === '') throw invalid('no invitation');
    const text = lineOrFile.startsWith('crier1.') ? lineOrFile : readText(lineOrFile);
    const match = /^crier1\.([a-z]+)\.([A-Za-z0-9_-]+)$/.exec(text.trim());
    if (!match) throw invalid('an invitation is one line, crier1.sessions.…');
    if (match[1] !== 'sessions') throw invalid(`an invitation for ${match[1]}, not for sessions`);

    const bytes = Buffer.from(match[2], 'base64url');
    const packed = bytes.subarray(0, -CHECKSUM_SIZE);
    const checksum = Buffer.from(blake2b(packed, { dkLen: 32 })).subarray(0, CHECKSUM_SIZE);
    if (!checksum.equals(bytes.subarray(-CHECKSUM_SIZE))) throw invalid('the line is damaged');
    try {
        const found = body.read(unpack(packed));
        if (found.server_key === undefined && found.secret !== undefined) {
            throw invalid('a secret without a key');
        }
        return found;
    } catch (error) {
        throw invalid(`the line is not understood: ${error.message}`);
    }
}

function readText(/** @type {string} */ file) {
    try {
        return readFileSync(file, 'utf8');
    } catch (error) {
        throw new CrierError('file_unusable', `cannot read the invitation: ${error.message}`);
    }
}
