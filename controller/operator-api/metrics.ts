import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { LiveEvents } from './live-events.ts'

export interface Gauges {
  sessions: { homeAgent: number; foreignAgent: number }
  diameterPeersOpen: number
  /** Their event signals wait. */
  editsOpen: number
  eventsWaiting: number
}

/** From a millisecond, where a kernel on the same machine is, to the time after which nobody waits any more. */
const buckets = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]

/** The figures of a home server in the text format of Prometheus. They never name a subscriber. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #stop: () => void
  readonly #refresh: () => Promise<void>

  /** `gauges`: what is looked up each time that somebody asks. */
  constructor(live: LiveEvents, gauges: () => Promise<Gauges>) {
    const registers = [this.#registry]
    collectDefaultMetrics({ register: this.#registry })
    const registrations = new Counter({
      name: 'sojourn_registrations_total',
      help: 'Registrations that came from agents',
      labelNames: ['outcome'],
      registers,
    })
    const updates = new Counter({
      name: 'sojourn_profile_updates_total',
      help: 'Distributions of a profile, by what the agents hold after them',
      labelNames: ['state'],
      registers,
    })
    const durations = new Histogram({
      name: 'sojourn_profile_update_seconds',
      help: "From the order to the agent's read-back of its kernel",
      labelNames: ['node'],
      buckets,
      registers,
    })
    const failures = new Counter({
      name: 'sojourn_profile_update_failures_total',
      help: 'Orders that an agent did not follow',
      labelNames: ['node'],
      registers,
    })
    const sessions = new Gauge({
      name: 'sojourn_sessions',
      help: 'Open sessions, by the role of the agent',
      labelNames: ['role'],
      registers,
    })
    const peers = new Gauge({
      name: 'sojourn_diameter_peers_open',
      help: 'Diameter peers that requests can be sent to',
      registers,
    })
    const edits = new Gauge({
      name: 'sojourn_edits_open',
      help: 'Open edits, each of which holds the event signals of its profile',
      registers,
    })
    const waiting = new Gauge({
      name: 'sojourn_events_waiting',
      help: 'Event signals that wait for the end of an edit',
      registers,
    })
    this.#refresh = async () => {
      const { sessions: open, diameterPeersOpen, editsOpen, eventsWaiting } = await gauges()
      edits.set(editsOpen)
      waiting.set(eventsWaiting)
      peers.set(diameterPeersOpen)
      sessions.set({ role: 'home-agent' }, open.homeAgent)
      sessions.set({ role: 'foreign-agent' }, open.foreignAgent)
    }
    this.#stop = live.listen((published) => {
      if (!published) return
      const { event } = published
      switch (event.kind) {
        case 'registration':
          return registrations.inc({ outcome: event.outcome })
        case 'profile':
          return updates.inc({ state: event.state })
        case 'installation':
          if (event.milliseconds === undefined) return failures.inc({ node: event.node })
          return durations.observe({ node: event.node }, event.milliseconds / 1000)
        case 'session':
        case 'revision':
        case 'subscriber':
        case 'edit':
        case 'override':
        case 'payment':
        case 'removed':
          return
      }
    })
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  async text(): Promise<string> {
    await this.#refresh()
    return this.#registry.metrics()
  }

  stop(): void {
    this.#stop()
    this.#registry.clear()
  }
}
