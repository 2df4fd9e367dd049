import { z } from 'zod'

/** A server-sent event; `data` is that of `eventStream`, or `{}` where the state has to be read anew (`reset`). */
export interface ReceivedEvent {
  id: string | undefined
  kind: string
  data: Record<string, unknown>
}

const json = z.record(z.string(), z.unknown())

/** Reads server-sent events (WHATWG HTML, section 9.2.6) as `eventStream` writes them: one line of JSON each. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ReceivedEvent> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true })
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, 'm').exec(block)?.[1]
      const data = field('data')
      if (data === undefined) continue
      yield { id: field('id'), kind: field('event') ?? 'message', data: json.parse(JSON.parse(data)) }
    }
  }
}
