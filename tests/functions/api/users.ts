/** Claims of the people of the tests; the last ones must get nowhere. */
export const USERS = {
  owner: { sub: '00000000-0000-4000-8000-0000000000a1' },
  other: { sub: '00000000-0000-4000-8000-0000000000a2' },
  admin: {
    sub: '00000000-0000-4000-8000-0000000000ad',
    app_metadata: { puppet_admin: true },
  },
  pretender: {
    sub: '00000000-0000-4000-8000-0000000000a3',
    app_metadata: { puppet_admin: 'true' },
    user_metadata: { puppet_admin: true },
  },
  notYet: { sub: '00000000-0000-4000-8000-0000000000a4', nbf: 4_000_000_000 },
  ofService: { sub: '00000000-0000-4000-8000-0000000000a5', role: 'service_role' },
  withoutUuid: { sub: 'somebody' },
};

/** Who sends a test's request: a user, the service, or nobody. */
export type Actor = keyof typeof USERS | 'service' | 'nobody';
