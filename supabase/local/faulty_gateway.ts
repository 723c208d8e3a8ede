import type { GatewayHook } from './gateway.ts';
import type { PendingFaults } from './network_faults.ts';

/** A hook that spoils the Data API's calls by the faults: lost ones and lost answers end as a 502. */
export function faultyGateway(faults: PendingFaults): GatewayHook {
  return async (request, forward) => {
    if (!new URL(request.url).pathname.startsWith('/rest/v1/')) return await forward(request);
    const fault = faults.next();
    if (fault.lost) return cut('The call was lost');
    if (fault.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
    const copies = Array.from({ length: fault.copies }, () => forward(request.clone()));
    const [first, ...others] = await Promise.all(copies);
    for (const other of others) await other.body?.cancel();
    if (!fault.replyLost && first) return first;
    await first?.body?.cancel();
    return cut('The answer was lost');
  };
}

function cut(message: string): Response {
  return Response.json({ message }, { status: 502 });
}
