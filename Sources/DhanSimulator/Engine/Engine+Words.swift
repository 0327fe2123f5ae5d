import Trading

extension Engine {
    /// Tells the order socket, with what goes wrong there. A word after the broker's last one is
    /// all that tells of a late fill, so it always arrives.
    mutating func tell(_ order: SimulatedOrder, at time: EventTime) {
        remember(order)
        let first = max(time, order.shownAt)
        let isLast = order.status == .cancelled && order.filled == order.request.quantity
        guard !isCalm, !isLast else {
            return say(order, at: first)
        }
        if chance.happens(.wordLost) { return }
        for _ in 0..<(chance.happens(.wordTwice) ? 2 : 1) {
            var late = 0
            if chance.happens(.wordLate) { late = chance.within(0...500) }
            if chance.happens(.wordVeryLate) { late = chance.within(500...5_000) }
            say(order, at: first + .milliseconds(late))
        }
        breakSocket(of: order.client, at: time)
    }

    private mutating func say(_ order: SimulatedOrder, at time: EventTime) {
        let style = OrderWord.Style(
            isPascal: settings.shapes == .documented || chance.happens(.wordPascal),
            hasTexts: chance.happens(.wordTexts))
        var text = OrderWord(order, contract(order.request.instrument), market).json(style).text
        if chance.happens(.wordJoined) { text += text }
        if chance.happens(.wordForeign) {
            let foreign: String = chance.one(of: [
                #"{"Type":"login_ack","Data":{}}"#, "pong", #"{"Type":"order_alert"}"#, "[1,2",
            ])
            agenda.plan(.say(order.client, foreign), at: time)
        }
        agenda.plan(.say(order.client, text), at: time)
    }

    private mutating func breakSocket(of client: ClientID, at time: EventTime) {
        if chance.happens(.socketReset) { agenda.plan(.socket(client, .reset), at: time) }
        if chance.happens(.socketSilent) { agenda.plan(.socket(client, .silence), at: time) }
        if chance.happens(.socketBusy) { agenda.plan(.socket(client, .busy), at: time) }
    }

    mutating func turnsAwayHandshake() -> Bool { chance.happens(.handshakeBusy) }

    /// Tells the market feed.
    mutating func spread(_ tick: Tick, now: EventTime) {
        let old = spreadBefore.updateValue(tick, forKey: tick.instrument) ?? tick
        if now >= feedFaultsAt { breakFeed(at: now) }
        if chance.happens(.feedForeign) {
            outbox.append(.packet(chance.one(of: FeedPacket.foreign)))
        }
        guard now >= feedStartsAt, !chance.happens(.tickLost) else { return }
        let told = chance.happens(.tickStale) ? old : tick
        let isJoined = chance.happens(.tickJoined)
        var at = feedLag.arrival(of: now, &chance)
        if chance.happens(.tickLate) { at = at + .milliseconds(chance.within(100...5_000)) }
        guard at > now else { return outbox.append(.tick(told, isJoined: isJoined)) }
        agenda.plan(.tick(told, isJoined: isJoined), at: at)
    }

    /// Once a second: a lively market does not break its feed more often than a quiet one.
    private mutating func breakFeed(at now: EventTime) {
        feedFaultsAt = now + .seconds(1)
        if chance.happens(.feedReset) { outbox.append(.feed(.reset)) }
        if chance.happens(.feedDropped) { outbox.append(.feed(.dropped)) }
        if chance.happens(.feedGap) {
            feedStartsAt = now + .milliseconds(chance.within(1_000...10_000))
        }
    }
}
