// The conformance vectors: read as PROTOCOL.md says, and written byte for byte.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import {
    decodeFromSession, decodeToSession, encodeFromSession, encodeToSession,
} from '../lib/frames.js';

const FOLDER = new URL('../../../../shared/protocol/vectors/', import.meta.url);

/** An operator's request is not known here: only a broker tells it from what nobody knows. */
const codeHere = (code) => code === 'not_authorized' ? 'malformed_frame' : code;

function readVectors(name) {
    const blocks = readFileSync(new URL(name, FOLDER), 'utf8').split(/\n(?=name: )/);
    return blocks.filter((block) => block.startsWith('name: ')).map((block) => {
        const [title, verdict, ...hex] = block.split('\n');
        const words = hex.map((line) => line.split('#')[0]).join(' ').match(/\S+/g) ?? [];
        const bytes = words.flatMap((word) => {
            const [byte, count = 1] = word.split('*');
            return Array(Number(count)).fill(parseInt(byte, 16));
        });
        return {
            name: title.slice('name: '.length), bytes: Buffer.from(bytes),
            refusedWith: codeHere(/^refuse (\w+)/.exec(verdict)?.[1]),
        };
    });
}

for (const [file, decode, encode] of [
    ['from_session.txt', decodeFromSession, encodeFromSession],
    ['to_session.txt', decodeToSession, encodeToSession],
]) {
    const vectors = readVectors(file);

    test(`${file}: what breaks a rule is refused with its error`, () => {
        const refused = vectors.filter((vector) => vector.refusedWith);
        assert.ok(refused.length > 200, `${refused.length}`);
        const wrong = refused.flatMap(({ name, bytes, refusedWith }) => {
            try {
                decode(bytes);
                return [`${name}: accepted`];
            } catch (error) {
                const said = `${error.code}, ${error.message}`;
                return error.code === refusedWith ? [] : [`${name}: ${said}`];
            }
        });
        assert.deepEqual(wrong, []);
    });

    test(`${file}: what is right is read, written and read again as the same`, () => {
        const accepted = vectors.filter((vector) => !vector.refusedWith);
        assert.ok(accepted.length > 40, `${accepted.length}`);
        for (const { name, bytes } of accepted) {
            try {
                const frame = decode(bytes);
                assert.deepEqual(decode(encode(frame)), frame);
            } catch (error) {
                error.message = `${name}: ${error.message}`;
                throw error;
            }
        }
    });

    test(`${file}: a frame with every key is written in its very bytes`, () => {
        const whole = vectors.filter((vector) => !vector.refusedWith &&
            vector.name.endsWith(' with every key'));
        assert.ok(whole.length >= 5, `${whole.length}`);
        for (const { name, bytes } of whole) {
            assert.equal(encode(decode(bytes)).toString('hex'), bytes.toString('hex'), name);
        }
    });
}
