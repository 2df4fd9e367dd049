import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readFileSync,
  statfsSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { LabError } from '../lab-error.ts'
import { userModeLinuxProgram } from './choose.ts'
import { type IsolatedProcess, startIsolated } from './isolated-process.ts'
import type { ConsoleInput, KernelRun } from './kernel-run.ts'

/** Where Debian and Ubuntu keep the modules of the user-mode kernel. */
const modulesFolder = '/usr/lib/uml/modules'
const memoryMebibytes = 1536

let boots = 0

/** One of the processors on which this process may run: another one for each guest, and where other runs have not begun either. */
function nextProcessor(): string {
  const allowed = /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'
  const processors = allowed.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
  return String(processors[(process.pid + boots++) % processors.length])
}

/** Where the guest's memory can lie, as a sparse file: in memory if there is room, which containers often do not give. */
function memoryFolder(): string {
  const isRoomy = (folder: string): boolean => {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize >= memoryMebibytes * 2 ** 20
  }
  const shared = '/dev/shm'
  return existsSync(shared) && isRoomy(shared) ? shared : tmpdir()
}

/** The guest's file systems, in the order in which they are mounted. */
function fileSystemTable(runFolder: string): string {
  return [
    'overlay /mnt/r overlay lowerdir=/,upperdir=/mnt/u,workdir=/mnt/w,nosuid 0 0',
    'proc /mnt/r/proc proc defaults 0 0',
    'sysfs /mnt/r/sys sysfs defaults 0 0',
    'devtmpfs /mnt/r/dev devtmpfs defaults 0 0',
    'devpts /mnt/r/dev/pts devpts X-mount.mkdir 0 0',
    'shm /mnt/r/dev/shm tmpfs X-mount.mkdir 0 0',
    'run /mnt/r/run tmpfs mode=755 0 0',
    `none /mnt/r${runFolder} hostfs ${runFolder} 0 0`,
    '',
  ].join('\n')
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}

/**
 * Passes our standard input on to the guest's console once its init has set it up: what came before would be lost. The console cannot
 * be closed without hanging up on the guest, so the end of input is said in words.
 */
function feedConsole(console: Writable, { endOfInput }: ConsoleInput, runFolder: string): void {
  const watcher = watch(runFolder, (_, name) => {
    if (name !== 'console-ready') return
    watcher.close()
    process.stdin.pipe(console, { end: false })
    process.stdin.once('end', () => console.write(endOfInput))
  })
}

/**
 * Boots a user-mode Linux kernel on the machine's own root file system and runs the command in it as root. The run folder is the
 * only place whose contents outlive the guest. A kernel that complained (panic, BUG, Oops) fails the run.
 */
export function startUserModeLinux(run: KernelRun): IsolatedProcess {
  const kernelLog = join(run.folder, 'kernel.log')
  copyFileSync(fileURLToPath(new URL('init.sh', import.meta.url)), join(run.folder, 'init.sh'))
  copyFileSync('/bin/mount', join(run.folder, 'mount'))
  chmodSync(join(run.folder, 'mount'), 0o755)
  writeFileSync(join(run.folder, 'fstab'), fileSystemTable(run.folder))
  const command = [
    'mkdir -p /run/netns',
    `cd ${quote(process.cwd())}`,
    run.command.map(quote).join(' '),
  ].join(' && ')
  writeFileSync(
    join(run.folder, 'command.sh'),
    `modprobe -q ipv6\nexport PATH=${quote(process.env.PATH ?? '')}\n${command}\n`,
  )

  const log = openSync(kernelLog, 'w')
  const guest = startIsolated(
    [
      // One processor: the kernel is not parallel, and switches between its processes are twice as fast when they stay on one.
      ...['taskset', '--cpu-list', nextProcessor()],
      ...[userModeLinuxProgram, `mem=${memoryMebibytes}M`, 'umid=sojourn', `uml_dir=${run.folder}/`],
      ...['rootfstype=hostfs', 'rootflags=/', 'ro', 'quiet', 'loglevel=4'],
      // Both only cost boot time: 1.5 s become 0.12 s without them.
      ...['initcall_blacklist=raid6_select_algo,raid6_init', 'pty.legacy_count=0'],
      ...[
        'lsm=',
        'console=tty2',
        'con=null',
        'con0=fd:0,fd:1',
        'con1=null,fd:2',
        'con2=null,fd:3',
        'ssl=null',
      ],
      ...[`init=${run.folder}/init.sh`, `LAB_RUN=${run.folder}`, `LAB_MODULES=${modulesFolder}`],
    ],
    // The guest's console hangs on a regular file or terminal as standard input: always a pipe.
    { stdin: 'pipe', extraFiles: [log], environment: { TMPDIR: memoryFolder() } },
  )
  closeSync(log)
  const console = guest.child.stdin
  if (run.input !== undefined && console !== null) feedConsole(console, run.input, run.folder)
  const ended = guest.ended.then((code) => {
    const complaint = /^.*(Kernel panic|BUG:|Oops).*$/m.exec(readFileSync(kernelLog, 'utf8'))?.[0]
    if (complaint === undefined) return code
    throw new LabError(
      'lab/kernel',
      `the user-mode kernel failed: ${complaint.trim()} (whole log: ${kernelLog})`,
    )
  })
  return { ...guest, ended }
}
