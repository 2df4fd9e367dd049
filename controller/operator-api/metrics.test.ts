import test from 'ava'
import { ManualClock } from '#core/clock.ts'
import { LiveEvents } from './live-events.ts'
import { Metrics } from './metrics.ts'

test('what happened is counted, what is there is looked up', async (t) => {
  const live = new LiveEvents(new ManualClock())
  let homeAgent = 1
  const metrics = new Metrics(live, async () => ({
    sessions: { homeAgent, foreignAgent: 0 },
    diameterPeersOpen: 3,
    editsOpen: 2,
    eventsWaiting: 5,
  }))
  t.teardown(() => metrics.stop())
  const about = { nai: 'mn1@home.example', node: 'ha.home.example', revision: 2 }
  live.publish({ kind: 'registration', nai: about.nai, foreignAgent: 'fa', outcome: 'accepted' })
  live.publish({ kind: 'installation', ...about, milliseconds: 7 })
  live.publish({ kind: 'installation', ...about, failure: 'no' })
  live.publish({ kind: 'profile', nai: about.nai, profile: 'gold', revision: 2, state: 'applied' })
  homeAgent = 5
  const text = await metrics.text()
  for (const line of [
    'sojourn_registrations_total{outcome="accepted"} 1',
    'sojourn_profile_update_seconds_bucket{le="0.005",node="ha.home.example"} 0',
    'sojourn_profile_update_seconds_bucket{le="0.01",node="ha.home.example"} 1',
    'sojourn_profile_update_seconds_sum{node="ha.home.example"} 0.007',
    'sojourn_profile_update_failures_total{node="ha.home.example"} 1',
    'sojourn_profile_updates_total{state="applied"} 1',
    'sojourn_sessions{role="home-agent"} 5',
    'sojourn_sessions{role="foreign-agent"} 0',
    'sojourn_diameter_peers_open 3',
    'sojourn_edits_open 2',
    'sojourn_events_waiting 5',
  ])
    t.true(text.split('\n').includes(line), line)
  t.true(text.includes('process_cpu_seconds_total'))
  t.false(text.includes('mn1@home.example'))
})
