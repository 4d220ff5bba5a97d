// The example of README.md, as a program of its own.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { test } from 'node:test';

import { Broker, DEADLINE_MS } from './broker.js';

const HERE = new URL('..', import.meta.url);

test('the example of the README shows, acknowledges, answers and ends', async () => {
    const readme = readFileSync(new URL('README.md', HERE), 'utf8');
    const [, example] = /```js\n([^]*?)```/.exec(readme);
    const broker = await Broker.started();
    // A package may import itself by its own name, as a program would that has it installed.
    const program = spawn(process.execPath, ['--input-type=module', '--eval', example, 'its name',
        broker.invitation('sessions')], { cwd: HERE, stdio: ['ignore', 'pipe', 'inherit'] });
    const exit = once(program, 'exit', { signal: AbortSignal.timeout(DEADLINE_MS) });
    try {
        const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
        const next = async () => (await lines.next()).value;
        assert.match(await next(), /^connected as [0-9a-f]{32}$/);
        const sent = await broker.crier(['send', 'Déjà vu', '--style', 'alert', '--wait',
            'acknowledged']);
        assert.equal(sent.tally.acknowledged, 1);
        assert.equal(await next(), 'operator: Déjà vu');
        const asked = await broker.crier(['ask', 'Ready?', '--choice', 'yes', '--choice', 'no']);
        assert.deepEqual(asked.answers[0], { choice: 'yes', count: 1 });
        assert.equal(await next(), 'operator: Ready?');
        await broker.crier(['recall', sent.id]);
        assert.equal(await next(), `off the screen: ${sent.id} recalled`);
        program.kill('SIGTERM');
        assert.deepEqual(await exit, [0, null]);
        assert.deepEqual(await broker.crier(['sessions']), [], 'it said goodbye');
    } finally {
        program.kill('SIGKILL');
        await broker.end();
    }
});
