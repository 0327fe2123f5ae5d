/// Call or put, by the exchange's letters.
package enum OptionSide: String, FieldValue, CaseIterable {
    case call = "CE"
    case put = "PE"
}
