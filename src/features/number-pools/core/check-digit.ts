/** How the digit behind the serial is reckoned. What a carrier keeps to itself has no rule here: its numbers come as a list, or plain. */
export const CHECK_RULES = ['none', 's10', 'mod7', 'gs1'] as const
export type CheckRule = (typeof CHECK_RULES)[number]

const S10_WEIGHTS = [8, 6, 4, 2, 3, 5, 9, 7]

/**
 * The check digit of `serial` (digits only), empty for `none`. `s10`: UPU standard S10, eight digits weighted 8 6 4 2 3 5 9 7, 11 less
 * the sum modulo 11, where 10 is written 0 and 11 is written 5. `mod7`: the serial modulo 7, as on IATA air waybills. `gs1`: modulo 10
 * with weights 3 and 1 from the right, over the prefix's digits too, as on a GS1 SSCC.
 */
export function checkDigit(rule: CheckRule, prefix: string, serial: string): string {
  switch (rule) {
    case 'none':
      return ''
    case 's10': {
      const sum = [...serial].reduce((total, digit, at) => total + Number(digit) * (S10_WEIGHTS[at] ?? 0), 0)
      const digit = 11 - (sum % 11)
      return digit === 10 ? '0' : digit === 11 ? '5' : String(digit)
    }
    case 'mod7':
      return String(BigInt(serial) % 7n)
    case 'gs1': {
      const digits = `${prefix.replace(/\D/g, '')}${serial}`
      const sum = [...digits]
        .reverse()
        .reduce((total, digit, at) => total + Number(digit) * (at % 2 ? 1 : 3), 0)
      return String((10 - (sum % 10)) % 10)
    }
  }
}
