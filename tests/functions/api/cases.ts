import type { ApiFixture } from './api_fixture.ts';

/** Tests of one part of the API, by name; all share one platform, which takes seconds to start. */
export type Cases = Record<string, (api: ApiFixture) => Promise<void> | void>;
