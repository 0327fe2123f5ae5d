import Stages

/// The stages by the names of their consumer groups, leases and `--stage` options.
package enum StageName {
    package static let scheduler = "scheduler"
    package static let entryGuard = EntryGuard.stage
    package static let riskManager = RiskManager.stage
    package static let exitEngine = ExitEngine.name
    package static let gateway = Gateway.name
    package static let hub = OrderUpdateHub.name
    package static let handler = OrderUpdateHandler.name
    package static let reconciler = Reconciler.name
    /// Beside the seven: the paper broker's book.
    package static let paper = "paper"

    /// Of live accounts alone: the broker's sockets.
    package static let marketFeed = "market-feed"
    package static let orderListener = "order-listener"

    package static let all = [
        scheduler, entryGuard, riskManager, exitEngine, gateway, hub, handler,
        reconciler, paper,
    ]
}
