export const WORKSPACES = '/v1/workspaces'
