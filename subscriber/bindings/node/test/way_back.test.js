// Where a session connects next, and after what pause.
// Method: ask it; chance is played.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { WayBack } from '../lib/way_back.js';
import { HEARTBEAT, Played } from './played.js';
import { CrierError } from '../lib/errors.js';

const place = (endpoint, weight = 1) => ({ endpoints: [endpoint], weight });

/** The endpoints of the next attempts, each of which fails. */
function tried(wayBack, attempts) {
    return Array.from({ length: attempts }, () => {
        const { endpoint } = wayBack;
        wayBack.afterFailure();
        return endpoint;
    });
}

/** One that is connected to the first endpoint of its invitation, which names these others. */
function connected(invited, others, random = () => 0.5) {
    const wayBack = new WayBack(invited, random);
    wayBack.onWelcome(others);
    return wayBack;
}

test('alone, it goes round the endpoints in order', () => {
    assert.deepEqual(tried(new WayBack(['a', 'b', 'c'], () => 0.5), 5), ['a', 'b', 'c', 'a', 'b']);
});

test('in a cluster it goes to the others first, and back where it came from last', () => {
    const wayBack = connected(['a', 'x'], [place('b'), place('c')]);
    wayBack.afterLoss();
    const round = tried(wayBack, 4);
    assert.deepEqual(round.slice(0, 2).sort(), ['b', 'c']);
    assert.deepEqual(round.slice(2), ['x', 'a']);
});

test('it tries another endpoint of a broker when the first one fails', () => {
    const wayBack = connected(['a'], [{ endpoints: ['b', 'b2'], weight: 1 }]);
    wayBack.afterLoss();
    assert.deepEqual(tried(wayBack, 3), ['b', 'b2', 'a']);
});

test('a broker with twice the weight is drawn twice as often', () => {
    let drawn = 0;
    const draws = 300;
    const counts = { b: 0, c: 0 };
    for (let draw = 0; draw < draws; ++draw) {
        const wayBack = connected(['a'], [place('b', 2), place('c', 1)],
            () => (drawn = (drawn + 1 / draws) % 1));
        wayBack.afterLoss();
        counts[wayBack.endpoint] += 1;
    }
    assert.ok(Math.abs(counts.b - 2 * counts.c) < draws / 10, JSON.stringify(counts));
});

test('whom a broker named is remembered when the next names none', () => {
    const wayBack = connected(['a'], [place('b')]);
    wayBack.onWelcome([]);
    wayBack.afterLoss();
    assert.deepEqual(tried(wayBack, 2), ['a', 'b']);
});

test('after a goodbye it goes elsewhere within the time that was named', () => {
    const wayBack = connected(['a'], [place('b')], () => 0.25);
    assert.equal(wayBack.afterGoodbye(8_000), 2_000);
    assert.equal(wayBack.endpoint, 'b');
});

test('who knows no other waits for that time, and comes back to the same endpoint', () => {
    const wayBack = new WayBack(['a', 'b'], () => 0.5);
    wayBack.afterFailure();
    wayBack.onWelcome([]);
    assert.equal(wayBack.afterGoodbye(8_000), 8_250);
    assert.equal(wayBack.endpoint, 'b');
});

test('a session whose broker falls silent goes to one that its welcome named', () => {
    const played = new Played().welcome({ others: [place('tcp://two:2')] });
    played.pass(2.5 * HEARTBEAT + 500);
    assert.equal(played.opened.at(-1).endpoint, 'tcp://two:2');
});

test('a session that a broker without a log refuses tries the next endpoint', () => {
    const played = new Played({ endpoints: ['tcp://one:1', 'tcp://two:2'] });
    played.receive({ t: 'refused', code: 6043, detail: 'cut off' });
    played.pass(100);
    assert.equal(played.opened.at(-1).endpoint, 'tcp://two:2');
    const { error } = played.events('disconnected')[0];
    assert.equal(error.code, 'backbone_unreachable');
    assert.equal(error.remedy, 'retry_later');
    assert.ok(error instanceof CrierError);
});
