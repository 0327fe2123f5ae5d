import Brokers
import MessageBus
import Stages
import Trading

extension GatewayStage {
    func settle(
        _ answer: BrokerCalls.Answer, _ load: inout ShardLoad, _ session: any BusSession
    ) throws(BusError) -> [Step] {
        switch answer {
        case .placed(let id, let nonce, let result):
            let parked = try parked(try? result.get().number, session)
            return [
                load.step(nil, then: again(answer)) { load throws(FieldError) in
                    guard let order = try load.ledger.order(id) else { return .commit([]) }
                    return .commit(
                        Gateway.outcome(
                            of: order, nonce: nonce, result: result,
                            budget: count(of: order.account, load).known, parked: parked,
                            profile: desk.gateway, now: load.now))
                }
            ]
        case .cancelled(let cancel, let hasLeft):
            return [
                load.step(nil, then: again(answer)) { load throws(FieldError) in
                    guard let order = try load.ledger.order(cancel.order) else {
                        return .commit([.calling(cancel.order, false)])
                    }
                    return .commit(
                        Gateway.cancelAnswered(
                            order, hasLeft: hasLeft, asked: cancel.asked, before: cancel.before,
                            budget: count(of: order.account, load).known, profile: desk.gateway,
                            now: load.now))
                }
            ]
        case .book(let id, let answer): return [try settle(answer, of: id, &load, session)]
        }
    }

    private func settle(
        _ answer: BrokerCalls.BookAnswer, of id: CorrelationID, _ load: inout ShardLoad,
        _ session: any BusSession
    ) throws(BusError) -> Step {
        remember(answer)
        // By another run's clock it may seem to be of later than it is.
        let book = answer.run == run ? answer.book : nil
        let known = try? load.ledger.order(id)
        let number = known.flatMap { order in
            book.flatMap { Gateway.entry(of: order, in: $0)?.number }
        }
        let parked = try parked(number, session)
        calls.finish(id)
        return load.step(answer.due, in: Keys.ordersDue(shard)) { load throws(FieldError) in
            guard let order = try load.ledger.order(id) else { return .commit([]) }
            return .commit(
                Gateway.looked(
                    order, book: book, rule: answer.rule, left: left[id.position], parked: parked,
                    origin: origin(of: id, answer.account, wall: load.wall),
                    profile: desk.gateway, now: load.now, wall: load.wall, asked: answer.asked))
        }
    }

    /// Another stage changed the order meanwhile: the answer is settled on what it is now.
    private func again(_ answer: BrokerCalls.Answer) -> (CommitVerdict) -> Void {
        { [calls] verdict in
            if case .refused = verdict { calls.answer(answer) }
        }
    }

    /// The messages that came before this number was known.
    private func parked(
        _ number: OrderNumber?, _ session: any BusSession
    ) throws(BusError) -> [BrokerEvent] {
        // A list that cannot be read refuses this order's commit, and not the whole stage.
        guard let number,
            case .success(.texts(let lines))? = try session.loadEach([
                .list(Keys.unmatched(shard, number))
            ]).answers.first
        else { return [] }
        return lines.compactMap { try? BrokerEvent(Fields(lines: $0)) }
    }
}
