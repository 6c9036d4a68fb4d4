export { prepareTools } from './global';
export { fetchTool, type ToolName, toolPath } from './tools';
