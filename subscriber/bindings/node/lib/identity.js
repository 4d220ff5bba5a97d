/** @file Who a session is: its CURVE key pair, and what follows from it (PROTOCOL.md, 1). */

import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto';
import {
    closeSync, fstatSync, linkSync, openSync, readFileSync, unlinkSync, writeFileSync,
} from 'node:fs';
import { blake2b } from '@noble/hashes/blake2.js';

import { CrierError } from './errors.js';

/** What an X25519 secret key looks like around its 32 bytes, in PKCS #8. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b656e04220420', 'hex');
const KEY_SIZE = 32;

export class Identity {
    /** @param {Buffer} secretKey 32 bytes */
    constructor(secretKey) {
        this.secretKey = secretKey;
        this.publicKey = publicKeyOf(secretKey);
        /** 32 hex digits. */
        this.session = Buffer.from(blake2b(Buffer.concat([
            Buffer.from('crier session'), this.publicKey,
        ]), { dkLen: 32 })).subarray(0, 16).toString('hex');
    }

    /** A fresh key in memory; or the key that is in a file, which is made if it is missing. */
    static of(/** @type {string | undefined} */ keyFile) {
        return new Identity(keyFile ? readOrMake(keyFile) : randomBytes(KEY_SIZE));
    }

    /** That the one who holds this key knows the join secret. */
    proof(/** @type {Buffer} */ joinSecret) {
        return Buffer.from(blake2b(this.publicKey, { key: joinSecret, dkLen: 32 }));
    }
}

/** The public part of the key in a file, which is made if it is missing. */
export function sessionPublicKey(/** @type {string} */ keyFile) {
    if (typeof keyFile !== 'string' || keyFile === '') {
        throw new CrierError('usage_invalid', 'no key file is named');
    }
    return publicKeyOf(readOrMake(keyFile)).toString('base64url');
}

function publicKeyOf(secretKey) {
    const key = createPrivateKey({
        key: Buffer.concat([PKCS8_HEAD, secretKey]), format: 'der', type: 'pkcs8',
    });
    return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-KEY_SIZE);
}

function readOrMake(file) {
    try {
        return read(file);
    } catch (error) {
        if (error.code !== 'ENOENT') throw unusable(file, error.message);
    }
    try {
        make(file);
        return read(file);
    } catch (error) {
        throw unusable(file, error.message);
    }
}

function read(file) {
    const descriptor = openSync(file, 'r');
    try {
        if (process.platform !== 'win32' && (fstatSync(descriptor).mode & 0o077) !== 0) {
            throw new Error('others can read it: chmod 600');
        }
        const text = readFileSync(descriptor, 'latin1');
        if (!/^[A-Za-z0-9_-]{43}\n?$/.test(text)) {
            throw new Error('it does not hold a secret, which is one line of 43 characters');
        }
        return Buffer.from(text.trim(), 'base64url');
    } finally {
        closeSync(descriptor);
    }
}

/** Whole or not at all; whoever comes first has made it, and the others read that one. */
function make(file) {
    const whole = `${file}.${randomBytes(8).toString('hex')}`;
    const text = `${randomBytes(KEY_SIZE).toString('base64url')}\n`;
    writeFileSync(whole, text, { mode: 0o600, flag: 'wx', flush: true });
    try {
        linkSync(whole, file);
    } catch (error) {
        if (error.code !== 'EEXIST') throw error;
    } finally {
        unlinkSync(whole);
    }
}

const unusable = (file, reason) => new CrierError('file_unusable', `${file}: ${reason}`);

/** 32 bytes as ZeroMQ's options want them (RFC 32). */
export function z85(/** @type {Buffer} */ bytes) {
    const digits = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ' +
        '.-:+=^!/*?&<>()[]{}@%$#';
    let text = '';
    for (let at = 0; at < bytes.length; at += 4) {
        const value = bytes.readUInt32BE(at);
        for (const divisor of [85 ** 4, 85 ** 3, 85 ** 2, 85, 1]) {
            text += digits[Math.floor(value / divisor) % 85];
        }
    }
    return text;
}
