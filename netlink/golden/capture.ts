/**
 * Fills golden/NAME.json: `{ command, hex }` for each `ip` or `tc` command in it, with the bytes that the command sends, read with
 * strace in a namespace of its own. Run by a person when a command is added, as root: `node netlink/golden/capture.ts link route`.
 * Sequence numbers are zeroed. A command may fail (a driver is missing): its bytes were sent all the same.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

const namespace = 'sj-golden'

/** The interfaces that the commands may name, with the indices that the tests expect. */
const setUp = [
  'link add v0 index 10 type veth peer name v1 index 11',
  'link add v2 index 12 type veth peer name v3 index 13',
  'link set lo up',
  'link set v0 up',
  'link set v1 up',
]

function capture(command: string): string {
  const strace = ['-e', 'trace=sendmsg,sendto', '-e', 'write=3', '-e', 'signal=none', ...command.split(' ')]
  const { stderr } = spawnSync('ip', ['netns', 'exec', namespace, 'strace', ...strace], { encoding: 'utf8' })
  const sends = stderr
    .split(/^(?=send)/m)
    .map((call) =>
      Buffer.from(
        [...call.matchAll(/^ \| [0-9a-f]{5} {2}(.{48})/gm)]
          .map(([, hex = '']) => hex.replace(/\s/g, ''))
          .join(''),
        'hex',
      ),
    )
  // A dump is sent with zeros behind it.
  const messages = sends.map((bytes) => bytes.subarray(0, bytes.length < 4 ? 0 : bytes.readUInt32LE()))
  const wanted = messages.filter((bytes) => bytes.length > 0 && isWanted(bytes.readUInt16LE(4), command))
  const bytes = wanted.at(-1)
  if (bytes === undefined) throw new Error(`no message was seen of "${command}":\n${stderr}`)
  bytes.fill(0, 8, 12)
  return bytes.toString('hex')
}

/** A command that changes something also asks for indices: message numbers that ask end in binary 10. */
function isWanted(type: number, command: string): boolean {
  return (type % 4 === 2) === / (show|get|list-id)\b/.test(command)
}

execFileSync('ip', ['netns', 'add', namespace])
try {
  for (const line of setUp) execFileSync('ip', ['-n', namespace, ...line.split(' ')])
  for (const name of process.argv.slice(2)) {
    const file = new URL(`${name}.json`, import.meta.url)
    const vectors: { command: string }[] = JSON.parse(readFileSync(file, 'utf8'))
    const captured = vectors.map(({ command }) => ({ command, hex: capture(command) }))
    writeFileSync(file, `${JSON.stringify(captured, null, 2)}\n`)
  }
} finally {
  execFileSync('ip', ['netns', 'delete', namespace])
}
