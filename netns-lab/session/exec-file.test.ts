import test from 'ava'
import { scriptCommand } from './exec-file.ts'

test('a script runs with the interpreter that it names', (t) => {
  t.deepEqual(scriptCommand('/x/check.py', '#!/usr/bin/env python3\nprint(1)\n'), [
    '/usr/bin/env',
    'python3',
    '/x/check.py',
  ])
  t.deepEqual(scriptCommand('/x/check', '#! /bin/bash\n'), ['/bin/bash', '/x/check'])
})

test('without one it runs with sh', (t) => {
  t.deepEqual(scriptCommand('/x/check', 'ping -c 1 192.0.2.11\n'), ['sh', '/x/check'])
  t.deepEqual(scriptCommand('/x/empty', ''), ['sh', '/x/empty'])
})
