import test from 'ava'
import { StateStore } from '../state-store/state-store.ts'
import { homeAgentState } from './binding-store.ts'
import { nai, setUp } from './fake-surroundings.ts'
import { FormerBindings } from './former-bindings.ts'

test('a binding is remembered for as long as the time alone would not refuse its identification', async (t) => {
  const { registration, bind } = setUp()
  await bind()
  const binding = registration.bindings.of(nai)
  if (!binding) return t.fail()
  const former = new FormerBindings(homeAgentState(new StateStore(':memory:', 0)).former)
  const start = Date.UTC(2026, 0, 1)
  const of = (number: number) => ({ ...binding, nai: `mn${number}@home.example` })
  former.remember(of(1), start)
  former.remember(of(2), start + 14_000)
  t.is(former.of('mn1@home.example')?.identification, binding.identification)
  former.remember(of(3), start + 15_000)
  t.is(former.of('mn1@home.example'), undefined)
  t.is(former.size, 2)
  former.remember({ ...of(3), identification: 1n }, start + 15_000)
  t.is(former.of('mn3@home.example')?.identification, 1n)
  t.is(former.size, 2)
})
