import MessageBus
import Settings
import Workers

/// Runs seeds. The same seed with the same faults in the same build has the same story.
package struct Simulation: Sendable {
    private let desk: Desk
    /// Few orders a second: much waits for the budget.
    private let tightDesk: Desk

    package init() throws {
        desk = Desk(try SquareoffSettings.parse(Self.yaml, name: "simulation"))
        let tight = Self.yaml.replacing("gateway:\n", with: "gateway:\n  per_second: 3\n")
        tightDesk = Desk(try SquareoffSettings.parse(tight, name: "simulation"))
    }

    /// - Parameter isTold: whether the outcome has its story.
    package func run(_ plan: Plan, isTold: Bool = false) -> Outcome {
        let world = World(plan, desk: plan.seed % 4 == 3 ? tightDesk : desk, isTold: isTold)
        do throws(BusError) {
            try world.run()
        } catch {
            world.broken("the world itself failed: \(error)")
        }
        return Outcome(
            seed: plan.seed, problem: world.problem, steps: world.steps,
            positions: world.promises.created.count, counts: world.chance.counts,
            story: world.story.lines)
    }

    /// Short times, so that a seed is short; their proportions are those of the defaults.
    private static let yaml = """
        indices: [BANKNIFTY]
        accounts:
          alpha: { capital: 10000000, strategies: [supertrend] }
          bravo: { capital: 20000000, strategies: [supertrend] }
        strategies:
          supertrend: { indices: [BANKNIFTY] }
        entry_profiles:
          default:
            cooldown: 0s
            daily_loss: off
            max_open: 100
            max_open_per_index: 100
            max_open_per_side: 100
            max_trades: 1000
            max_lots: 3
            order_validity: 2s
        risk_profiles:
          default:
            daily_loss: off
            stop_loss: 4
            take_profit: 6
            breakeven_at: 3
            time_stop_losing: 8s
            time_stop_winning: 12s
        exits:
          chase_after: 800ms
          retry_after: 250ms
        gateway:
          sender_life: 500ms
          poll_every: 800ms
          retry_after: 250ms
        retention:
          ticks: 2s
          streams: 2s
          sweep_every: 1s
        """
}
