import ArgumentParser
import MessageBus
import Trading

struct AlarmsCommand: LookingCommand {
    static let configuration = CommandConfiguration(
        commandName: "alarms", abstract: "The latest alarms, newest last; all with --all.")

    @OptionGroup var options: LookingOptions

    private static let shown = 50

    func sheet(_ lookout: Lookout) throws -> Sheet {
        var sheet = Sheet(
            [
                .right("time"), .left("severity"), .left("stage"), .left("account"),
                .left("position"), .left("message"),
            ],
            nothing: "No alarms.")
        let alarms = try lookout.entries(Keys.alarms).filter { options.includes($0.fields) }
        for alarm in options.all ? alarms : alarms.suffix(Self.shown) {
            let fields = alarm.fields
            sheet.add(
                [
                    fields.time(.at), fields[.severity], fields[.stage], fields[.account],
                    fields[.position], fields[.message],
                ],
                fields.after([Field.entry.rawValue: alarm.id.text]))
        }
        if alarms.count > sheet.rows.count {
            sheet.notes = ["\(alarms.count - sheet.rows.count) older ones: --all"]
        }
        return sheet
    }
}
