/** Program for process_test.ts: runs a platform until it is ended. Arguments: folder, project. */
import { startPlatform } from '../../supabase/local/platform.ts';

const [folder = '', project = ''] = Deno.args;
await startPlatform({ folder, project });
console.log('up');
