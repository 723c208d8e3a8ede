import type { Platform } from '../../supabase/local/platform.ts';
import { pause } from '../../supabase/local/polling.ts';

/** How often the processor's process ended unasked. */
export interface Deaths {
  readonly count: number;
}

const LOOK_MS = 200;

/** Watches the processor's process until `over`; the platform starts another one for the next call. */
export function watchProcessor(platform: Platform, over: AbortSignal): Deaths {
  const deaths = { count: 0 };
  const pidNow = () => platform.functions['processor']?.pid ?? null;
  let known = pidNow();
  const look = async () => {
    while (!over.aborted) {
      const pid = pidNow();
      if (known !== null && pid !== known) deaths.count++;
      known = pid;
      await pause(LOOK_MS, over);
    }
  };
  void look();
  return deaths;
}
