import { greeting } from './greetings.ts';

export default { fetch: () => new Response(greeting) };
