import MessageBus
import Trading

/// A batch, decoded. What cannot be read goes to the dead letters at once and blocks nothing.
struct Reading<Message: Record> {
    private(set) var messages: [(delivery: Delivery, message: Message)] = []
    private(set) var rejected: [Step] = []

    init(_ deliveries: [Delivery]) {
        for delivery in deliveries {
            guard let fields = delivery.fields else {
                rejected.append(Step(delivery, .trimmed))
                continue
            }
            if Wake.matches(fields) {
                rejected.append(Step(delivery, .commit(Change())))
                continue
            }
            do throws(FieldError) {
                messages.append((delivery, try Message(fields)))
            } catch {
                rejected.append(Step(delivery, .deadLetter(error.description)))
            }
        }
    }
}
