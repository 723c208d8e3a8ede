/** Program for process_test.ts: runs a platform until it is ended. Arguments: folder, project, durable or quick. */
import { startPlatform } from '../../supabase/local/platform.ts';

const [folder = '', project = '', kind] = Deno.args;
await startPlatform({ folder, project, durable: kind === 'durable' });
console.log('up');
