/**
 * @file MessagePack as PROTOCOL.md wants it, both ways.
 *
 * The packages for it turn bytes into plain JavaScript, in which 1.0 is 1, the second of two equal
 * keys wins, and a str that is not UTF-8 is mended: all of that is to be refused here, or by the
 * field that is read. So bytes become nodes that keep what they were.
 *
 * @typedef {{kind: 'nil'} | {kind: 'bool', value: boolean} | {kind: 'int', value: number}
 *     | {kind: 'float'} | {kind: 'str', value: Buffer} | {kind: 'bin', value: Buffer}
 *     | {kind: 'list', value: Node[]} | {kind: 'map', value: Map<string, Node>}
 *     | {kind: 'ext'}} Node
 */

import { CrierError } from './errors.js';

const FRAME_BYTES_MAX = 65_536;
const NESTING_MAX = 5;
const VALUES_MAX = 32_768;
const MAP_KEYS_MAX = 64;

/** The one that a frame holds, and nothing behind it. @returns {Node} */
export function unpack(/** @type {Buffer} */ bytes) {
    if (bytes.length > FRAME_BYTES_MAX) {
        throw new CrierError('limit_exceeded', `a frame of more than ${FRAME_BYTES_MAX} bytes`);
    }
    const reader = new Reader(bytes);
    const node = reader.next(0);
    if (reader.at !== bytes.length) throw malformed('bytes after the map');
    return node;
}

const malformed = (detail) => new CrierError('malformed_frame', detail);

class Reader {
    at = 0;
    #values = 0;
    #bytes;

    constructor(bytes) {
        this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    }

    next(depth) {
        if (++this.#values > VALUES_MAX) throw malformed(`more than ${VALUES_MAX} values`);
        const first = this.#uint(1);
        if (first <= 0x7f) return { kind: 'int', value: first };
        if (first <= 0x8f) return this.#map(first & 0x0f, depth);
        if (first <= 0x9f) return this.#list(first & 0x0f, depth);
        if (first <= 0xbf) return { kind: 'str', value: this.#take(first & 0x1f) };
        if (first >= 0xe0) return { kind: 'int', value: first - 0x100 };
        switch (first) {
            case 0xc0: return { kind: 'nil' };
            case 0xc2: case 0xc3: return { kind: 'bool', value: first === 0xc3 };
            case 0xc4: case 0xc5: case 0xc6:
                return { kind: 'bin', value: this.#take(this.#uint(1 << (first - 0xc4))) };
            case 0xc7: case 0xc8: case 0xc9: return this.#ext(this.#uint(1 << (first - 0xc7)));
            case 0xca: case 0xcb: this.#take(first === 0xca ? 4 : 8); return { kind: 'float' };
            case 0xcc: case 0xcd: case 0xce: case 0xcf:
                return { kind: 'int', value: this.#uint(1 << (first - 0xcc)) };
            case 0xd0: case 0xd1: case 0xd2: case 0xd3:
                return { kind: 'int', value: this.#int(1 << (first - 0xd0)) };
            case 0xd4: case 0xd5: case 0xd6: case 0xd7: case 0xd8:
                return this.#ext(1 << (first - 0xd4));
            case 0xd9: case 0xda: case 0xdb:
                return { kind: 'str', value: this.#take(this.#uint(1 << (first - 0xd9))) };
            case 0xdc: case 0xdd: return this.#list(this.#uint(first === 0xdc ? 2 : 4), depth);
            case 0xde: case 0xdf: return this.#map(this.#uint(first === 0xde ? 2 : 4), depth);
            default: throw malformed('a byte that MessagePack does not use');
        }
    }

    #list(count, depth) {
        this.#enter(count, depth);
        const value = [];
        for (let index = 0; index < count; ++index) value.push(this.next(depth + 1));
        return { kind: 'list', value };
    }

    #map(count, depth) {
        this.#enter(count * 2, depth);
        if (count > MAP_KEYS_MAX) throw malformed(`a map with more than ${MAP_KEYS_MAX} keys`);
        const value = new Map();
        for (let index = 0; index < count; ++index) {
            const key = this.next(depth + 1);
            if (key.kind !== 'str') throw malformed('a key that is no str');
            const name = key.value.toString('latin1');  // One to one, also of what is no UTF-8.
            if (value.has(name)) throw malformed('a key that comes twice');
            value.set(name, this.next(depth + 1));
        }
        return { kind: 'map', value };
    }

    /** Every value has a byte at least, so a length that lies is seen before anything is made. */
    #enter(values, depth) {
        if (depth >= NESTING_MAX) throw malformed(`nesting deeper than ${NESTING_MAX}`);
        if (values > this.#bytes.length - this.at) throw malformed('a frame that is cut short');
    }

    #ext(size) {
        this.#take(size + 1);
        return { kind: 'ext' };
    }

    #take(size) {
        if (size > this.#bytes.length - this.at) throw malformed('a frame that is cut short');
        this.at += size;
        return this.#bytes.subarray(this.at - size, this.at);
    }

    #uint(size) {
        const bytes = this.#take(size);
        return size < 8 ? bytes.readUIntBE(0, size) : exact(bytes.readBigUInt64BE());
    }

    #int(size) {
        const bytes = this.#take(size);
        return size < 8 ? bytes.readIntBE(0, size) : exact(bytes.readBigInt64BE());
    }
}

/** Beyond what a number holds exactly it is out of every range anyway. */
function exact(big) {
    return big > 2n ** 53n ? Infinity : big < 0n ? -1 : Number(big);
}

/** Packs one frame; ints and lengths in their shortest form. */
export class Writer {
    #pieces = [];

    int(/** @type {number} */ value) {
        if (value <= 0x7f) this.#head(value);
        else if (value <= 0xff) this.#head(0xcc, value, 1);
        else if (value <= 0xffff) this.#head(0xcd, value, 2);
        else if (value <= 0xffffffff) this.#head(0xce, value, 4);
        else this.#head(0xcf, value, 8);
    }

    bool(/** @type {boolean} */ value) {
        this.#head(value ? 0xc3 : 0xc2);
    }

    str(/** @type {string} */ value) {
        const bytes = Buffer.from(value);
        if (bytes.length <= 31) this.#head(0xa0 | bytes.length);
        else this.#length([0xd9, 0xda, 0xdb], bytes.length);
        this.#pieces.push(bytes);
    }

    bin(/** @type {Uint8Array} */ value) {
        this.#length([0xc4, 0xc5, 0xc6], value.length);
        this.#pieces.push(value);
    }

    list(/** @type {number} */ count) {
        if (count <= 15) this.#head(0x90 | count);
        else this.#length([undefined, 0xdc, 0xdd], count);
    }

    map(/** @type {number} */ count) {
        if (count <= 15) this.#head(0x80 | count);
        else this.#length([undefined, 0xde, 0xdf], count);
    }

    bytes() {
        return Buffer.concat(this.#pieces);
    }

    /** `heads`: for a length in one byte, in two and in four. */
    #length(heads, length) {
        if (length <= 0xff && heads[0] !== undefined) this.#head(heads[0], length, 1);
        else if (length <= 0xffff) this.#head(heads[1], length, 2);
        else this.#head(heads[2], length, 4);
    }

    #head(first, value = 0, size = 0) {
        const bytes = Buffer.alloc(1 + size);
        bytes[0] = first;
        if (size === 8) bytes.writeBigUInt64BE(BigInt(value), 1);
        else if (size > 0) bytes.writeUIntBE(value, 1, size);
        this.#pieces.push(bytes);
    }
}
