/// What is known of the loss limit at an account's broker: `loss-limit:<account>`.
///
/// A broker shows one that has fired like one that was never set. Set again, it would fire again:
/// so it is kept here on which day one stood.
package struct LossLimit: Record {
    package var rev = 0
    /// The last one on which it was set, or seen at the broker, which forgets it with the day.
    package let day: Day
    package let loss: Money
    /// When people were told that it does not stand any more.
    package var goneAt: EventTime?

    package init(on day: Day, _ loss: Money) {
        self.day = day
        self.loss = loss
    }
}

extension LossLimit {
    package init(_ fields: Fields) throws(FieldError) {
        self.init(on: try fields.get(.day), try fields.get(.loss))
        rev = try fields.get(.rev)
        goneAt = try fields.find(.goneAt)
    }

    package var fields: Fields {
        var fields = Fields()
        fields.put(.day, day)
        fields.put(.loss, loss)
        fields.put(.goneAt, goneAt)
        fields.put(.rev, rev)
        return fields
    }
}
