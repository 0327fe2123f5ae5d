/// How much is measured.
struct BenchPlan {
    var rounds = 5
    /// Messages a second, where latency is measured; seconds of it in each round.
    var hopRate = 500
    var chainRate = 200
    var seconds = 3
    /// Messages that one worker gets through in each round.
    var messages = 40_000
    var ticks = 400_000
    /// Exits that are timed one by one, and exits that come all at once.
    var exits = 300
    var flood = 1_000
    /// Accounts whose ten positions each are closed at once.
    var flattened = 50

    static let full = BenchPlan()
    static let quick = BenchPlan(
        rounds: 1, hopRate: 200, chainRate: 100, seconds: 1, messages: 600, ticks: 2_000,
        exits: 10, flood: 20, flattened: 2)
}
