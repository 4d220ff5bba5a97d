// A real broker, the operator's command, and a screen: for tests. Every wait has a deadline, and
// nothing sleeps.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

import { Subscriber } from '../index.js';

export const DEADLINE_MS = 60_000;
const BIN = process.env.CRIER_BIN;
assert.ok(BIN, 'CRIER_BIN is to say where crierd and crier are');

const run = promisify(execFile);

export class Broker {
    folder = mkdtempSync(join(tmpdir(), 'crier-node-'));
    log = [];
    #doors = {
        sessions: 'tcp://127.0.0.1:0', operators: 'tcp://127.0.0.1:0', bell: 'tcp://127.0.0.1:0',
    };
    #options;
    #process;

    static async started(...options) {
        const broker = new Broker();
        broker.#options = options;
        await broker.start();
        return broker;
    }

    /** Returns when it serves; on the ports of its first start. */
    async start() {
        const doors = Object.entries(this.#doors).flatMap(([name, at]) => [`--${name}`, at]);
        this.#process = spawn(join(BIN, 'crierd'),
            ['--data', this.data, ...doors, ...this.#options],
            { stdio: ['ignore', 'pipe', 'pipe'] });
        const lines = createInterface({ input: this.#process.stdout });
        const errors = createInterface({ input: this.#process.stderr });
        const { promise, resolve, reject } = withResolvers();
        for (const input of [lines, errors]) {
            input.on('line', (line) => {
                this.log.push(line);
                if (line.includes('event=serving')) resolve();
            });
        }
        this.#process.once('exit', () => reject(new Error(this.log.join('\n'))));
        await withDeadline(promise, () => this.log.join('\n'));
        const endpoints = JSON.parse(readFileSync(join(this.data, 'endpoints.json'), 'utf8'));
        for (const name of Object.keys(this.#doors)) {
            this.#doors[name] = endpoints[name].find((one) => one.startsWith('tcp://'));
        }
    }

    get data() {
        return join(this.folder, 'data');
    }

    invitation(kind) {
        return join(this.data, 'invitations', `${kind}.invitation`);
    }

    async stop(signal = 'SIGTERM') {
        if (this.#process.exitCode === null && this.#process.signalCode === null) {
            const exit = once(this.#process, 'exit');
            this.#process.kill(signal);
            await exit;
        }
    }

    async end() {
        await this.stop();
        rmSync(this.folder, { recursive: true, force: true });
    }

    /** Runs crier with --json; returns what it says. `expect`: its exit code. */
    async crier(args, { expect = 0, input } = {}) {
        const running = run(join(BIN, 'crier'),
            ['--invitation', this.invitation('operators'), ...args, '--json'],
            { timeout: 2 * DEADLINE_MS });
        running.child.stdin.end(input);
        const { stdout, stderr, code = 0 } = await running.catch((error) => error);
        assert.equal(code, expect, `crier ${args.join(' ')}\n${stdout}\n${stderr}`);
        return JSON.parse(stdout);
    }

    /** Sends "message 1" to "message COUNT", as fast as the broker takes them. */
    async sendMany(count) {
        await run(join(BIN, 'send_many'), [this.invitation('operators'), String(count)],
            { timeout: DEADLINE_MS });
    }

    /** What the status of a message says of one session, once that is enough. */
    async outcome(message, { session }, isEnough) {
        const end = performance.now() + DEADLINE_MS;
        for (;;) {
            const status = await this.crier(['status', message]);
            const found = status.sessions.find((one) => one.session === session);
            if (found && isEnough(found)) return found;
            assert.ok(performance.now() < end, JSON.stringify(status));
        }
    }
}

const EVENTS = ['connected', 'disconnected', 'message', 'changed', 'removed', 'escalated',
    'ticketWanted', 'problem', 'ended'];

/** A subscriber, and what it was told. */
export class Screen {
    told = [];
    #waiting = new Set();

    constructor(options) {
        this.subscriber = new Subscriber({
            ...options, attributes: { user: 'Vanessa', application: 'test', ...options.attributes },
        });
        for (const event of EVENTS) {
            this.subscriber.on(event, (about) => {
                this.told.push([event, about]);
                for (const look of this.#waiting) look();
            });
        }
    }

    get session() {
        return this.subscriber.session;
    }

    all(event) {
        return this.told.filter(([name]) => name === event).map(([, about]) => about);
    }

    texts() {
        return this.all('message').map(({ text }) => text);
    }

    /** The `count`th event of that name, once it has been told. */
    async until(event, count = 1) {
        const { promise, resolve } = withResolvers();
        const look = () => this.all(event).length >= count && resolve(this.all(event)[count - 1]);
        this.#waiting.add(look);
        look();
        try {
            return await withDeadline(promise, () => `no ${event}: ${JSON.stringify(this.told)}`);
        } finally {
            this.#waiting.delete(look);
        }
    }
}

function withResolvers() {
    let resolve;
    let reject;
    const promise = new Promise((...both) => { [resolve, reject] = both; });
    return { promise, resolve, reject };
}

async function withDeadline(promise, say) {
    let timer;
    const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`waited in vain: ${say()}`)), DEADLINE_MS);
    });
    try {
        return await Promise.race([promise, late]);
    } finally {
        clearTimeout(timer);
    }
}
