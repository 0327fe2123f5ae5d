import Brokers
import MessageBus
import Trading
import Workers

/// A worker's place: which stage, and under which name.
struct Post {
    let label: String
    let stage: String
    private var generation = 1

    init(_ label: String, _ stage: String) {
        self.label = label
        self.stage = stage
    }

    /// Under another name, nothing that is pending is found again.
    mutating func rename() { generation += 1 }

    var name: WorkerName {
        WorkerName(stage: stage, given: generation == 1 ? label : "\(label)\(generation)")
    }
}

/// One worker in a process of its own.
final class Member {
    let post: Post
    let life: Life
    let worker: any Worker
    let startedAt: EventTime
    /// After an error, for a moment.
    var pausedUntil: EventTime?

    init(_ post: Post, _ life: Life, _ worker: any Worker, at now: EventTime) {
        self.post = post
        self.life = life
        self.worker = worker
        startedAt = now
    }
}

extension World {
    /// Two of each.
    func hireAll() {
        let stages = [
            StageName.scheduler, StageName.riskManager, StageName.entryGuard, StageName.exitEngine,
            StageName.gateway, StageName.hub, StageName.handler, StageName.reconciler,
            Janitor.stage,
        ]
        for label in ["a", "b"] { for stage in stages { hire(Post(label, stage)) } }
    }

    func hire(_ post: Post) {
        let name = post.name
        let skew = chance.strikes(.clockSkew) ? chance.span(-1_500...1_500) : .zero
        let life = Life(name: name.text, skew: skew, bus: bus, connection: connection)
        inHand[name.text] = [:]
        story.tell(
            name.text,
            "starts" + (skew == .zero ? "" : ", its clock is \(skew.milliseconds) ms ahead"))
        let session = SimulatedSession(bus.session(name.text), life, self)
        do throws(BusError) {
            let made = try hiring.worker(post.stage, named: name, session) { means(life) }
            guard let worker = made else { return broken("no stage \(post.stage)") }
            let member = Member(post, life, worker, at: now)
            members.append(member)
            // Before it reads: to the others, who has entries and no heartbeat is dead.
            try session.beat(worker.pulse, startedAt: member.startedAt)
        } catch {
            broken("nobody could be hired: \(error)")
        }
    }

    private func means(_ life: Life) -> GatewayMeans {
        let brokers = Self.accounts.map { account -> (AccountID, any Broker) in
            (account, SimulatedBroker(account: account, life: life, world: self))
        }
        return GatewayMeans(
            brokers: Dictionary(uniqueKeysWithValues: brokers), timer: life.timer,
            nonces: nonces.source)
    }
}
