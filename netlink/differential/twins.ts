/**
 * Sets of configurations in twin namespaces: made by us in one, by `ip` and `tc` of the words written beside each generator in the
 * second, and of the lines that our messages print in the third.
 */
import type { Arbitrary } from 'fast-check'
import type { NetlinkRequest } from '../message.ts'
import { NetlinkSocket } from '../socket.ts'
import { changeNamespaces, mustRunLines, runLines } from './command-batch.ts'
import { byPlace, canonical, jsonObjects, type Shown, textObjects } from './shown.ts'

/** A kind of kernel object. A configuration's place in a set is a number of four digits: of its own device, table or priority. */
export interface Kind<Value> {
  readonly name: string
  /** How many configurations a set has. */
  readonly count: number
  readonly arbitrary: Arbitrary<Value>
  /** Lines of `ip` and `tc` that come before, in every twin. */
  setUp(places: readonly number[]): string[]
  /** What we send. */
  request(value: Value, place: number): NetlinkRequest
  /** The same for `ip` or `tc`, by words that are no part of the library. */
  line(value: Value, place: number): string
  /** Lines that show what was made. JSON leaves out some of what `tc` says as text. */
  readonly json: readonly string[]
  readonly text?: readonly string[]
  /** Captures the place in what is shown of an object. */
  readonly place: RegExp
  /** What may differ, such as times. */
  readonly ignored?: RegExp
  /** Our dump, as objects that the JSON must be. */
  dump?(socket: NetlinkSocket, places: readonly number[]): Promise<object[]>
  /** What is compared of the JSON with our dump: all of it when absent. */
  known?(shown: Record<string, unknown>): object
  /** Our dump, as lines that make it all once more. */
  printed?(socket: NetlinkSocket, places: readonly number[]): Promise<string[]>
}

const ours = 'sj-df-ours'
const theirs = 'sj-df-theirs'
const rendered = 'sj-df-rendered'
const again = 'sj-df-again'
const firstPlace = 1000

/**
 * Makes all the configurations in every twin, and compares.
 * @returns what differs, by the position of the configuration
 */
export async function differences<Value>(kind: Kind<Value>, values: readonly Value[]): Promise<string[]> {
  const namespaces = [ours, theirs, rendered, ...(kind.printed ? [again] : [])]
  changeNamespaces('add', namespaces)
  const socket = NetlinkSocket.open({ namespace: `/run/netns/${ours}` })
  const there = NetlinkSocket.open({ namespace: `/run/netns/${theirs}` })
  try {
    return await compared(kind, values, socket, there)
  } finally {
    socket.close()
    there.close()
    changeNamespaces('delete', namespaces)
  }
}

async function compared<Value>(
  kind: Kind<Value>,
  values: readonly Value[],
  socket: NetlinkSocket,
  there: NetlinkSocket,
): Promise<string[]> {
  const places = values.map((_, position) => firstPlace + position)
  const setUp = kind.setUp(places)
  mustRunLines(ours, setUp)
  const requests = values.map((value, position) => kind.request(value, firstPlace + position))
  const results = await socket.transaction(requests)
  const words = values.map((value, position) => kind.line(value, firstPlace + position))
  const lines = requests.map((request) => request.render())
  const byWords = made(theirs, setUp, words)
  const byLines = made(rendered, setUp, lines)

  const shown = observed(kind, theirs)
  const twins: [name: string, shown: Shown, otherName: string, other: Shown][] = [
    ['made by us', observed(kind, ours), 'made by ip or tc', shown],
    ['made by our line', observed(kind, rendered), 'made by ip or tc', shown],
  ]
  if (kind.printed) {
    mustRunLines(again, [...setUp, ...(await kind.printed(there, places))])
    twins.push(['made of our dump', observed(kind, again), 'made by ip or tc', shown])
  }
  if (kind.dump) {
    const dumped = (await kind.dump(there, places)).map(canonical)
    twins.push(['our dump', byPlace(dumped, kind.place), 'their JSON', known(kind, theirs)])
  }
  return results.map((result, position) => {
    const outcomes = [result.ok, !byWords.refused.has(position), !byLines.refused.has(position)]
    const trouble = [
      new Set(outcomes).size > 1 &&
        `accepted from us, from ip or tc, from our line: ${outcomes.join(', ')}${result.ok ? '' : ` (${result.error.message})`}\n${byWords.complaints}${byLines.complaints}`,
      ...twins.map(([name, one, otherName, other]) => {
        const [left = 'nothing', right = 'nothing'] = [one, other].map((each) =>
          each.get(firstPlace + position),
        )
        return left !== right && `${name}:\n${left}\n${otherName}:\n${right}`
      }),
    ].filter((text) => text !== false)
    return trouble.length === 0 ? '' : [words[position], lines[position], ...trouble].join('\n')
  })
}

/** Runs what comes before and the lines by one process a program; positions are those of the lines. */
function made(namespace: string, setUp: readonly string[], lines: readonly string[]) {
  mustRunLines(namespace, setUp)
  return runLines(namespace, lines)
}

function observed<Value>({ json, text = [], place, ignored }: Kind<Value>, namespace: string): Shown {
  const objects = [
    ...(json.length === 0 ? [] : jsonObjects(show(namespace, json, ['-j', '-d']))),
    ...(text.length === 0 ? [] : textObjects(show(namespace, text, ['-d']))),
  ]
  return byPlace(ignored ? objects.map((each) => each.replaceAll(ignored, '')) : objects, place)
}

/** What the JSON and our dump are compared by. */
function known<Value>(
  { json, place, known: choose = (each) => each }: Kind<Value>,
  namespace: string,
): Shown {
  const objects = jsonObjects(show(namespace, json, ['-j', '-d']))
  return byPlace(
    objects.filter((each) => place.test(each)).map((each) => canonical(choose(JSON.parse(each)))),
    place,
  )
}

function show(namespace: string, lines: readonly string[], options: string[]): string {
  return runLines(namespace, lines, options).output
}
