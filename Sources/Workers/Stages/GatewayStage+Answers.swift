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
                            budget: try? load.ledger.budget(order.account), parked: parked,
                            profile: desk.gateway, now: load.now))
                }
            ]
        case .cancelled(let id, let result):
            calls.finish(id)
            guard let step = cancelSteps.removeValue(forKey: id) else { return [] }
            guard case .failure(.notSent) = result else { return [step] }
            return [notCancelled(id, step, &load)]
        case .book(let id, let answer):
            remember(answer)
            // By another run's clock it may seem to be of later than it is.
            let book = answer.run == run ? answer.book : nil
            let known = try? load.ledger.order(id)
            let number = known.flatMap { order in
                book.flatMap { Gateway.entry(of: order, in: $0)?.number }
            }
            let parked = try parked(number, session)
            calls.finish(id)
            return [
                load.step(answer.due, in: Keys.ordersDue(shard)) { load throws(FieldError) in
                    guard let order = try load.ledger.order(id) else { return .commit([]) }
                    return .commit(
                        Gateway.looked(
                            order, book: book, rule: answer.rule, parked: parked,
                            origin: origin(of: id, answer.account, wall: load.wall),
                            profile: desk.gateway, now: load.now, wall: load.wall,
                            asked: answer.asked))
                }
            ]
        }
    }

    /// What has not left is no cancel: it takes nothing of the budget, and keeps the next one from
    /// nothing. Whoever asked asks again.
    private func notCancelled(_ id: CorrelationID, _ step: Step, _ load: inout ShardLoad) -> Step {
        var again = load.step(step.delivery) { load throws(FieldError) in
            .commit([.scheduleOrder(id, at: load.now + desk.gateway.retryAfter)])
        }
        again.due = step.due
        return again
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
