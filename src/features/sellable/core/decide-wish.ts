/** How a listing stands between the hub and its channel. */
export type Standing = {
  readonly wanted: number | null
  /** What the channel confirmed last; null where nobody knows. */
  readonly told: number | null
  readonly state: 'idle' | 'due' | 'asked' | 'refused' | 'unknown'
}

/**
 * What becomes of a listing when its figure is now `figure` (null: the channel is not to be told any more); null where nothing
 * changes. `again`: tell it even what it was told already. One that is being asked stays so: its intent goes on with the new wish.
 */
export function decideWish(
  listing: Standing,
  figure: number | null,
  again: boolean,
): Pick<Standing, 'wanted' | 'state'> | null {
  if (figure === null)
    return listing.wanted === null && listing.state === 'idle'
      ? null
      : { wanted: null, state: listing.state === 'asked' ? 'asked' : 'idle' }
  const isNew = listing.wanted !== figure
  if (listing.state === 'asked') return isNew ? { wanted: figure, state: 'asked' } : null
  const isTold = listing.told === figure && listing.state !== 'unknown'
  if (again || !isTold)
    return isNew || again || listing.state === 'idle' ? { wanted: figure, state: 'due' } : null
  // What was wished in between was never sent: the channel has the right figure.
  return isNew || listing.state !== 'idle' ? { wanted: figure, state: 'idle' } : null
}
