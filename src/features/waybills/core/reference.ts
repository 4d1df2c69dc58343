const RESHIP = /^R[0-9]{1,19}$/

/** Whether a parcel is a granted re-ship, `R` and its number, which no plan knows. */
export function isReship(parcelNo: string): boolean {
  return RESHIP.test(parcelNo)
}

/**
 * The reference that a carrier knows a waybill by: the parcel's own number, and from the second waybill on which one it is. At most 32
 * characters of `A-Z 0-9 -`; the longest parcel number is `P` and 19 digits, a revision and a number within it.
 */
export function referenceOf(parcelNo: string, generation: number): string {
  return generation === 1 ? parcelNo : `${parcelNo}-R${generation}`
}
