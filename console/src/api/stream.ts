import { useEffect, useRef, useState } from 'react'

export type StreamState = 'connecting' | 'open' | 'closed'
type Listeners = Readonly<Record<string, (data: unknown) => void>>

/**
 * Subscribes to a server-sent event stream while the component lives. The browser reconnects after a cut; after an
 * answer it will not retry (a 401, a 5xx) we try again ourselves, every 5 s at first and never slower than once a minute.
 */
export function useEventStream(path: string | null, listeners: Listeners): StreamState {
  const [state, setState] = useState<StreamState>('connecting')
  const latest = useRef(listeners)
  useEffect(() => {
    latest.current = listeners
  })
  const names = Object.keys(listeners).sort().join(',')

  useEffect(() => {
    if (path === null) return
    let source: EventSource | null = null
    let timer = 0
    let wait = 5_000
    const connect = () => {
      setState('connecting')
      source = new EventSource(path)
      source.onopen = () => {
        wait = 5_000
        setState('open')
      }
      source.onerror = () => {
        if (source?.readyState !== EventSource.CLOSED) return setState('connecting')
        setState('closed')
        timer = window.setTimeout(connect, wait)
        wait = Math.min(wait * 2, 60_000)
      }
      for (const name of names.split(',')) {
        source.addEventListener(name, (event) => {
          try {
            latest.current[name]?.(JSON.parse((event as MessageEvent<string>).data))
          } catch {
            // A broken event is skipped: the next refresh of the list brings the truth.
          }
        })
      }
    }
    connect()
    return () => {
      window.clearTimeout(timer)
      source?.close()
    }
  }, [path, names])

  return state
}
