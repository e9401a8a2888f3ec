import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem, signInAddress, toWords } from '/static/shared/problems.js';

const UNSURE = { kind: 'urn:vitrine:problem:insufficient-authentication', assurance: 2 };

test('an answer that needs a surer sign-in says so, and says how it goes on', () => {
  const told = toWords(new Problem(401, 'Prove more surely who you are', UNSURE));
  assert.deepEqual([told.title, told.remedy], ['Prove again who you are', 'prove']);
  assert.match(told.text, /^Prove more surely who you are\. /);
  assert.equal(toWords(new Problem(401, 'ended')).remedy, 'sign-in');
});

test('a surer sign-in comes back to the same place', () => {
  const place = '/viewer?study=1.2&image=7';
  const address = new URL(signInAddress(place, 'ETREAT', 2), 'https://view.test');
  assert.equal(address.pathname, '/auth/login');
  assert.deepEqual(Object.fromEntries(address.searchParams), { purpose: 'ETREAT', return: place, assurance: '2' });
  assert.equal(new URL(signInAddress(place, 'TREAT'), 'https://view.test').searchParams.has('assurance'), false);
});
