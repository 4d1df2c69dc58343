import { useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'

/** Opens the order drawer or the raw message over whatever page is shown; Back closes it again. */
export function useOverlay(): { openOrder: (id: string) => void; openMessage: (id: string) => void } {
  const navigate = useNavigate()
  return useMemo(
    () => ({
      openOrder: (id) => {
        void navigate({ to: '.', search: ({ message: _message, ...rest }) => ({ ...rest, order: id }) })
      },
      openMessage: (id) => {
        void navigate({ to: '.', search: (previous) => ({ ...previous, message: id }) })
      },
    }),
    [navigate],
  )
}
