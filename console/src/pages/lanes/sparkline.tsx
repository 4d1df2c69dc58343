/** A line of depths in the height of a row; the limit is drawn where it lies within the picture. */
export function Sparkline({
  values,
  limit,
  label,
  width = 128,
  height = 26,
}: {
  readonly values: readonly number[]
  readonly limit?: number
  readonly label: string
  readonly width?: number
  readonly height?: number
}) {
  const most = Math.max(1, ...values)
  const y = (value: number) => height - 2 - (value / most) * (height - 4)
  const step = values.length > 1 ? (width - 2) / (values.length - 1) : 0
  const points = values.map((value, i) => `${(1 + i * step).toFixed(1)},${y(value).toFixed(1)}`)
  const over = limit !== undefined && (values.at(-1) ?? 0) > limit
  return (
    <svg
      className={`hf-spark ${over ? 'hf-spark-bad' : ''}`}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={label}
    >
      {values.length > 1 ? (
        <>
          <polygon points={`1,${height - 1} ${points.join(' ')} ${width - 1},${height - 1}`} />
          <polyline points={points.join(' ')} />
        </>
      ) : null}
      {limit !== undefined && limit < most ? (
        <line x1="1" x2={width - 1} y1={y(limit)} y2={y(limit)} />
      ) : null}
    </svg>
  )
}
