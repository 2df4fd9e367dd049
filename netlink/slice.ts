/**
 * All netlink work of the process takes turns on the event loop: whoever has much to do asks between two pieces whether the slice
 * is over, and then waits for the next one. One waiter goes on in each turn, the one that waited longest.
 */

/**
 * How long the work of all sockets should keep the event loop in one turn: a plan, from what sends cost before, and no bound. A single
 * request is not divided: rtnetlink acts inside send(2), and deleting a link, or a qdisc with 10,000 classes, takes the kernel longer
 * than this. What was measured stands in README.md.
 */
export const sliceMilliseconds = 5

/** What one send is planned to take; the last send of a slice may start just before its end. */
export const sendMilliseconds = 2

const waiting: (() => void)[] = []
let ends = 0
let running = false

/** Whether to `await nextSlice()` before more is done. The first to ask in a turn of the event loop begins the slice. */
export function sliceIsOver(): boolean {
  beginSlice()
  return performance.now() >= ends
}

/** Resolves in a later turn of the event loop, when all that waited longer had theirs. */
export function nextSlice(): Promise<void> {
  beginSlice()
  return new Promise((resolve) => {
    waiting.push(resolve)
  })
}

function beginSlice(): void {
  if (running) return
  running = true
  ends = performance.now() + sliceMilliseconds - sendMilliseconds
  setImmediate(endSlice)
}

function endSlice(): void {
  running = false
  const next = waiting.shift()
  if (next === undefined) return
  beginSlice()
  next()
}
