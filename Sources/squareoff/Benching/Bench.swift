import Logging

/// Runs each part's sides in turn, round by round.
struct Bench {
    let plan: BenchPlan
    let server: BenchServer
    let floor: CDriver?
    let bare: CDriver?
    let log: Logger
    private(set) var board = Scoreboard()

    private var relay: RelayRuns { RelayRuns(server: server, log: log) }

    init(plan: BenchPlan, server: BenchServer, floor: CDriver?, bare: CDriver?, log: Logger) {
        self.plan = plan
        self.server = server
        self.floor = floor
        self.bare = bare
        self.log = log
    }

    mutating func run(_ part: BenchPart) throws {
        for _ in 0..<plan.rounds {
            switch part {
            case .hop: try hop()
            case .chain: try chain()
            case .worker: for batch in [1, 10, 100] { try worker(batch) }
            case .share: try share()
            case .ticks: try ticks()
            case .exits: try exits()
            case .flatten: try flatten()
            }
        }
    }

    private mutating func hop() throws {
        let (rate, seconds) = ("\(plan.hopRate)", "\(plan.seconds)")
        let ours = try relay.chain(rate: plan.hopRate, seconds: plan.seconds, length: 1)
        add("hop", ours)
        add("hop", .floor, try floor?.run(["chain", rate, seconds, "1"]))
        add("hop", .bare, try bare?.run(["lat1", rate, seconds, "10"]))
    }

    private mutating func chain() throws {
        let (rate, seconds) = ("\(plan.chainRate)", "\(plan.seconds)")
        let ours = try relay.chain(rate: plan.chainRate, seconds: plan.seconds, length: 5)
        add("five hops", ours)
        add("five hops", .floor, try floor?.run(["chain", rate, seconds, "5"]))
        add("five hops", .bare, try bare?.run(["chain", rate, seconds, "luarange", "5"]))
    }

    private mutating func worker(_ batch: Int) throws {
        let name = "worker, batches of \(batch)"
        let count = batch == 1 ? plan.messages / 4 : plan.messages
        let words = ["tput", "\(count)", "\(batch)"]
        let floor = try floor?.run(words)
        let bare = try bare?.run(words + ["luarange"])
        let ours = try relay.throughput(messages: count, batch: batch)
        board.add(name, "messages/s", .ours, ours.rate)
        board.add(name, "messages/s", .floor, floor?.rate)
        board.add(name, "messages/s", .bare, bare?.rate)
        let server = "  server, batches of \(batch)"
        board.add(server, "µs/message", .ours, ours.spent.processor)
        board.add(server, "µs/message", .floor, floor?.value("redis_cpu"))
        board.add(server, "µs/message", .bare, bare?.value("redis_cpu"))
        board.add(
            "  commit, batches of \(batch)", "µs/decision", .ours, ours.spent.functions)
    }

    private mutating func share() throws {
        let ours = try relay.share(messages: plan.messages / 2)
        guard let share = ours.share else { return }
        board.add("sixteen workers, least share", "messages", .ours, Double(share.least))
        board.add("sixteen workers, largest share", "messages", .ours, Double(share.most))
        board.add("sixteen workers, mean batch", "messages", .ours, share.batch)
    }

    private mutating func ticks() throws {
        let run = try TickRun()
        board.add("ticks evaluated", "ticks/s", .ours, try run.evaluated(plan.ticks))
        board.add("…and decoded and decided", "ticks/s", .ours, try run.decided(plan.ticks / 4))
    }

    private mutating func exits() throws {
        let runs = ExitRuns(server: server, log: log)
        let (times, spent, recorded) = try runs.orders(plan.exits)
        let floor = try floor.map { try runs.again(recorded, by: $0) }
        for share in [50, 90, 99] {
            board.add("tick to order p\(share)", "µs", .ours, times.percentile(share))
            board.add("tick to order p\(share)", "µs", .floor, floor?.value("p\(share)"))
        }
        board.add("  server, tick to order", "µs/exit", .ours, spent.processor)
        board.add("  server, tick to order", "µs/exit", .floor, floor?.value("redis_cpu"))
        board.add("  commits, tick to order", "µs/exit", .ours, spent.functions)
        board.add("full exits", "exits/s", .ours, try runs.flood(plan.flood))
    }

    private mutating func flatten() throws {
        let accounts = plan.flattened
        let figures = try FlattenRun(server: server, log: log).run(accounts: accounts, each: 10)
        let name = "flat, \(10 * accounts) exits"
        board.add(name, "ms", .ours, figures.time)
        board.add("  budget and one exit alone", "ms", .ours, figures.least)
        board.add("  calls for an exit", "calls", .ours, figures.calls)
    }

    private mutating func add(_ name: String, _ ours: RelayRuns.Result) {
        for share in [50, 90, 99] {
            board.add("\(name) p\(share)", "µs", .ours, ours.times.percentile(share))
        }
        board.add("  server, \(name)", "µs/message", .ours, ours.spent.processor)
    }

    private mutating func add(
        _ name: String, _ side: Scoreboard.Side, _ figures: CDriver.Figures?
    ) {
        for share in [50, 90, 99] {
            board.add("\(name) p\(share)", "µs", side, figures?.value("p\(share)"))
        }
        board.add("  server, \(name)", "µs/message", side, figures?.value("redis_cpu"))
    }
}
