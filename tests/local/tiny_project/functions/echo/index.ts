/** Tells what reached it. `?later=MS` goes on in the background, and prints 'later' when that is done. */
export default {
  async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const later = Number(url.searchParams.get('later') ?? 0);
    if (later > 0) EdgeRuntime.waitUntil(printLater(later));
    return Response.json({
      path: url.pathname + url.search,
      apikey: request.headers.get('apikey'),
      body: await request.text(),
      environment: Object.keys(Deno.env.toObject()),
    });
  },
};

async function printLater(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  console.log('later');
}

addEventListener('beforeunload', (event) => {
  console.log(`beforeunload: ${event instanceof CustomEvent ? event.detail.reason : 'unknown'}`);
});

declare const EdgeRuntime: { waitUntil(work: Promise<unknown>): void };
