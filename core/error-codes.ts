/**
 * Every code a Sojourn error can carry, with what it means for the person who reads it. `docs/errors.md` prints this table and
 * a test fails when the two differ. A code never changes its meaning.
 */
export const errorCodes = {
  'config/unreadable': 'the configuration file cannot be read or is not YAML',
  'config/invalid': 'the configuration file does not fit the schema of its role',
  'config/secret': 'a secret file named by the configuration cannot be read or does not hold a key',

  'os/unsupported': 'this platform lacks the C library or the system call that is needed',
  'os/system-call': 'a system call failed; the message names the call and its errno',

  'wire/truncated': 'the message ends before a field or extension does',
  'wire/malformed': 'a field of the message has a value that its format does not allow',
  'wire/unknown-extension':
    'a registration carries an extension with a number below 128 that is not understood',
  'wire/unencodable': 'a value does not fit the field that should carry it',

  'netlink/refused': 'the kernel refused a netlink request; the message carries its errno and its own text',
  'netlink/overrun':
    'the kernel dropped netlink messages for want of buffer space: what was dumped must be dumped again',
  'netlink/malformed': 'a netlink message does not have the layout that its kernel header gives',
  'netlink/skipped': 'the netlink request was not sent, since one before it in its transaction was refused',
  'netlink/closed': 'the netlink socket was closed with the request in flight',

  'datapath/rejected':
    'the kernel refused a part of the datapath; what had been applied of the change was taken back',
  'datapath/read-back': 'the kernel does not hold what it had acknowledged',

  'diameter/credentials':
    'the certificate, key or authorities of a Diameter node cannot be used; the message names the file and why',
  'diameter/no-route': 'no open peer leads to the destination of a request',
  'diameter/redirect': 'a redirect agent names a host that is no open configured peer',
  'diameter/timeout': 'no answer to a request came in time',
  'diameter/closed': 'the peer connection closed before an answer came',
  'diameter/malformed-answer': 'the answer to a request does not fit the grammar of its command',
  'diameter/refused': 'the peer answered with a Result-Code that is not success',

  'accounting/store':
    "a usage record cannot be written to, or read from, the agent's stateFolder, or its store is full",

  'state/unreadable':
    'the file in which an agent keeps its state over restarts is damaged, of a newer version or in use',
  'state/unwritable': "an agent's state cannot be written to its stateFolder, or the disk is full",

  'database/unreadable': 'the service control database cannot be opened or is of a newer version',
  'database/import': 'the file to import does not fit the schema of the database',
  'database/in-use': 'what is to be removed or named so is still in use; the message says by whom',
  'database/not-found': 'no such subscriber, profile or edit in the service control database',
  'database/unavailable':
    'PostgreSQL does not answer, or others kept changing the same rows; try again, a commit may have been carried out',
  'profile/invalid': 'a service profile does not fit its schema',

  'api/unreachable': 'the operator API of the home server does not answer',
  'api/refused': 'the operator API refused the request; the message carries its reason',
  'api/invalid':
    'a request to the operator API does not fit its schema; the message names the path of each fault',
  'api/unauthorized': 'the operator API knows no such token',
  'api/forbidden': 'the role of the token does not allow the request',
  'api/not-found': 'the operator API has no such resource',
  'api/method': 'the resource of the operator API does not take this method; Allow names those that it takes',
  'api/closed': 'the edit was committed, cancelled or has expired before: open another',
  'api/stale': 'somebody else changed what was to be changed; the answer carries both versions',
  'api/rate-limited': 'too many requests with this token within a minute',
  'api/not-ready': 'the home server cannot do its work now; the message says why',
  'api/failed': 'the home server could not answer the request; its log says why',

  'cli/usage': 'the command line names an unknown command or option, or leaves one out',
  'cli/input': 'the hexadecimal text or JSON given to `sojourn decode` or `sojourn encode` cannot be used',

  'lab/kernel': 'no kernel was found on which the lab can run; the message names the missing drivers',
  'lab/set-up': 'a program that the lab needs is missing; the message names the package',
  'lab/command': 'a command of the lab failed; the message carries the command and what it printed',
  'lab/timeout': 'a condition that the lab waited for did not come true',
  'lab/usage': 'the lab does not know the scenario, the host or the option that was asked for',
} as const

export type ErrorCode = keyof typeof errorCodes
