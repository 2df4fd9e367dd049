import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { LabError } from '../lab-error.ts'

const dictionaries = '/usr/share/wireshark/diameter'
/** A copy in the lab's own memory; the machine's is left as it is. */
const ownDictionaries = '/run/wireshark-diameter'

/** Gives tshark, within the lab's mount namespace, what `docs/wireshark` adds to it. @throws lab/set-up */
export async function installWiresharkFiles(installer: string): Promise<void> {
  if (existsSync(ownDictionaries)) return
  const plugins = join(process.env.HOME ?? '/root', '.local/lib/wireshark/plugins')
  const script = `cp -r "$1" "$2" && sh "$3" "$2" "$4" && mount --bind "$2" "$1"`
  const words = ['-c', script, 'sh', dictionaries, ownDictionaries, installer, plugins]
  const result = await execa('sh', words, { reject: false, all: true, stdin: 'ignore' })
  if (result.failed)
    throw new LabError('lab/set-up', `tshark's dictionaries cannot be extended: ${result.all}`)
}
