// A certified OpenID provider on a loopback port: `node provider.mjs SETTINGS`, where SETTINGS is a JSON object.
//
// Whoever comes is signed in as the person of the header `x-person`, as surely as `x-acr` says; nothing else is made up.

import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';

import Provider from 'oidc-provider';

const { port, algorithm, audience, client, redirect, home, notices } = JSON.parse(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
const KINDS = { PS256: ['rsa', { modulusLength: 2048 }], RS256: ['rsa', { modulusLength: 2048 }], ES256: ['ec', { namedCurve: 'P-256' }], EdDSA: ['ed25519'] };

function keyOf(name) {
  const { privateKey } = generateKeyPairSync(...KINDS[name]);
  return { ...privateKey.export({ format: 'jwk' }), kid: `${name}-1`, alg: name, use: 'sig' };
}

const provider = new Provider(issuer, {
  acrValues: ['urn:test:password', 'urn:test:two-factors'],
  claims: { openid: ['sub', 'sid', 'acr', 'auth_time'], profile: ['name'] },
  clients: [{
    client_id: client, token_endpoint_auth_method: 'none', redirect_uris: [redirect], post_logout_redirect_uris: [home],
    grant_types: ['authorization_code'], response_types: ['code'], id_token_signed_response_alg: algorithm,
    backchannel_logout_uri: notices, backchannel_logout_session_required: true,
  }],
  cookies: { keys: ['for tests only'] },
  features: {
    backchannelLogout: { enabled: true },
    devInteractions: { enabled: false },
    dPoP: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (context, form) => { context.body = form; },
      postLogoutSuccessSource: (context) => { context.body = 'signed out'; },
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => audience,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({ audience, scope: 'view', accessTokenFormat: 'jwt', accessTokenTTL: 600, jwt: { sign: { alg: algorithm } } }),
    },
  },
  enabledJWA: { idTokenSigningAlgValues: [algorithm], dPoPSigningAlgValues: ['ES256', 'EdDSA'] },
  extraTokenClaims: (context, token) => ({
    name: `The ${token.accountId}`, groups: ['doctors'], organization: 'General Hospital', purpose_of_use: 'TREAT',
    acr: context.oidc.session?.acr ?? context.oidc.entities.AuthorizationCode?.acr, auth_time: context.oidc.entities.AuthorizationCode?.authTime,
  }),
  // Its own dispatcher asks no loopback address, and here everything is on one.
  fetch: (url, { dispatcher: _, ...options }) => globalThis.fetch(url, options),
  findAccount: (context, id) => ({ accountId: id, claims: () => ({ sub: id, name: `The ${id}` }) }),
  interactions: { url: (context, interaction) => `/interaction/${interaction.uid}` },
  jwks: { keys: [keyOf(algorithm)] },
  loadExistingGrant: async (context) => {
    const grant = new provider.Grant({ clientId: context.oidc.client.clientId, accountId: context.oidc.session.accountId });
    grant.addOIDCScope('openid profile');
    grant.addResourceScope(audience, 'view');
    await grant.save();
    return grant;
  },
});

const answer = provider.callback();
createServer(async (request, response) => {
  if (!request.url.startsWith('/interaction/')) return answer(request, response);
  const login = { accountId: request.headers['x-person'], acr: request.headers['x-acr'] };
  return provider.interactionFinished(request, response, { login });
}).listen(port, '127.0.0.1', () => process.stdout.write('ready\n'));
