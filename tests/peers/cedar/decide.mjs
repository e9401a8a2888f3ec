// What the official Cedar decides: `node decide.mjs` with `{schema, policies, questions}` on standard input.
//
// A question is `{principal, action, resource, context, entities}`; its answer `{decision, reason, errors}`, or null
// where it is not understood.

import { readFileSync } from 'node:fs';

import cedar from '@cedar-policy/cedar-wasm/nodejs';

const { schema, policies, questions } = JSON.parse(readFileSync(0, 'utf8'));

for (const parsed of [cedar.preparseSchema('exchange', schema), cedar.preparsePolicySet('exchange', policies)]) {
  if (parsed.type !== 'success') throw new Error(JSON.stringify(parsed.errors));
}

const answers = questions.map((question) => {
  const answer = cedar.statefulIsAuthorized({
    ...question, preparsedSchemaName: 'exchange', preparsedPolicySetId: 'exchange', validateRequest: true,
  });
  if (answer.type !== 'success') return null;
  const { decision, diagnostics } = answer.response;
  return { decision, reason: diagnostics.reason, errors: diagnostics.errors.length };
});

process.stdout.write(JSON.stringify(answers));
